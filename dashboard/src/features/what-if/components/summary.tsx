import { ArrowDown, ArrowUp, CircleAlert, Equal } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Card, CardContent } from "@/components/ui/card";
import { useFormat } from "@/hooks/use-format";
import { cn } from "@/lib/utils";
import { costWord, type ReplayView } from "../lib/replay-view";

interface TileProps {
  name: string;
  value: ReactNode;
  children: ReactNode;
}

function Tile({ name, value, children }: TileProps) {
  return (
    <Card className="gap-1">
      <CardContent>
        <p className="text-xs text-muted-foreground">{name}</p>
        <p className="mt-1 text-xl font-semibold tabular-nums">{value}</p>
        <p className="mt-1 text-xs text-muted-foreground">{children}</p>
      </CardContent>
    </Card>
  );
}

const signs = { unknown: CircleAlert, same: Equal, less: ArrowDown, more: ArrowUp };
const tones = { unknown: "text-muted-foreground", same: "text-muted-foreground", less: "text-good", more: "text-bad" };

function CostTile({ view }: { view: ReplayView }) {
  const { t } = useTranslation("what-if");
  const format = useFormat();
  const { cost } = view;
  const word = costWord(cost);
  const Sign = signs[word];
  const priced = t("cost.priced", { priced: format.number(view.priced), decided: format.number(view.decided) });
  if (cost.kind === "unknown")
    return (
      <Tile name={t("cost.title")} value={format.usd(undefined)}>
        {priced}
      </Tile>
    );
  return (
    <Tile
      name={t("cost.title")}
      value={
        <span className="flex flex-wrap items-center gap-x-2">
          {format.usd(Math.round(cost.afterNano))}
          <span className={cn("inline-flex items-center gap-0.5 text-sm", tones[word])}>
            <Sign aria-hidden className="size-3.5" />
            {word === "same" ? t("cost.same") : t(`cost.${word}`, { share: format.percent(Math.abs(cost.share)) })}
          </span>
        </span>
      }
    >
      {t("cost.instead", { before: format.usd(Math.round(cost.beforeNano)) })} {priced}
    </Tile>
  );
}

export function Summary({ view }: { view: ReplayView }) {
  const { t } = useTranslation("what-if");
  const format = useFormat();
  const share = (count: number) => (view.decided === 0 ? 0 : count / view.decided);
  return (
    <div className="grid gap-3 sm:grid-cols-2 2xl:grid-cols-4">
      <Tile name={t("summary.movedTier")} value={format.number(view.movedTier)}>
        {t("summary.ofDecided", { share: format.percent(share(view.movedTier)), decided: format.number(view.decided) })}
      </Tile>
      <Tile name={t("summary.movedModel")} value={format.number(view.movedModel)}>
        {t("summary.ofDecided", { share: format.percent(share(view.movedModel)), decided: format.number(view.decided) })}
      </Tile>
      <CostTile view={view} />
      <Tile name={t("summary.judge")} value={format.number(view.judgeCalls)}>
        {t("summary.judgeHint")}
      </Tile>
    </div>
  );
}
