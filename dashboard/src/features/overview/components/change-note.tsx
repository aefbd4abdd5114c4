import { ArrowDown, ArrowUp, Minus } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/hooks/use-format";
import { cn } from "@/lib/utils";
import type { Change } from "../lib/change";

const tones = { better: "text-good", worse: "text-bad", neutral: "text-muted-foreground" };

/** Against the period before: an arrow, by how much, and whether that is good. */
export function ChangeNote({ change }: { change: Change | undefined }) {
  const { t } = useTranslation("overview");
  const format = useFormat();
  if (change === undefined) return <span className="text-muted-foreground">{t("change.live")}</span>;
  if (change.kind === "none") return <span className="text-muted-foreground">{t("change.none")}</span>;
  if (change.kind === "same") {
    return (
      <span className="inline-flex items-center gap-1 text-muted-foreground">
        <Minus aria-hidden className="size-3.5" />
        {t("change.same")}
      </span>
    );
  }
  const { kind, by, points, meaning } = change;
  const Icon = kind === "up" ? ArrowUp : ArrowDown;
  const amount = by === undefined ? "" : points ? t("change.points", { value: format.number(by * 100, 2) }) : format.percent(by);
  const word = meaning === "neutral" ? t(`change.${kind}`) : t(`change.${meaning}`);
  return (
    <span className={cn("inline-flex items-center gap-1 font-medium tabular-nums", tones[meaning])}>
      <Icon aria-hidden className="size-3.5 shrink-0" />
      <span>
        {amount} {word}
      </span>
    </span>
  );
}
