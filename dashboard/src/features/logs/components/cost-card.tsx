import { Coins } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { RequestRecord } from "@/gen/smartroute/v1/telemetry_pb";
import { useFormat } from "@/hooks/use-format";
import { Fact, SectionCard } from "./section-card";

/** What it cost, what it would have cost at T3, and by which prices. */
export function CostCard({ record }: { record: RequestRecord }) {
  const { t } = useTranslation("logs");
  const format = useFormat();
  const cost = record.cost;
  const price = cost?.price;
  const saved = cost?.nanoUsd !== undefined && cost.t3NanoUsd !== undefined ? cost.t3NanoUsd - cost.nanoUsd : undefined;
  const priced = price && (price.input !== undefined || price.output !== undefined);
  return (
    <SectionCard icon={Coins} title={t("cost.title")}>
      <dl className="divide-y divide-border/60">
        <Fact name={t("cost.total")}>
          <span className={cost?.nanoUsd === undefined ? "text-muted-foreground" : "font-medium tabular-nums"}>{format.usd(cost?.nanoUsd)}</span>
        </Fact>
        {cost?.t3NanoUsd !== undefined && (
          <Fact name={cost.t3Model === "" ? t("cost.t3") : t("cost.t3At", { model: cost.t3Model })}>
            <span className="tabular-nums">{format.usd(cost.t3NanoUsd)}</span>
          </Fact>
        )}
        {saved !== undefined && saved !== 0n && (
          <Fact name={saved > 0n ? t("cost.saved") : t("cost.extra")}>
            <span className={saved > 0n ? "font-medium text-good tabular-nums" : "tabular-nums"}>{format.usd(saved > 0n ? saved : -saved)}</span>
          </Fact>
        )}
        {cost?.thrownAwayNanoUsd !== undefined && cost.thrownAwayNanoUsd > 0n && (
          <Fact name={t("cost.thrownAway")}>
            <span className="text-warn tabular-nums">{format.usd(cost.thrownAwayNanoUsd)}</span>
          </Fact>
        )}
        {priced && (
          <Fact name={t("cost.price")}>
            <span className="tabular-nums">{t("cost.perMillion", { input: format.usd(price.input), output: format.usd(price.output) })}</span>
          </Fact>
        )}
        {priced && price.source !== "" && (
          <Fact name={t("cost.source")}>
            {price.source === "config" ? t("cost.fromConfig") : price.source}
            {price.asOf !== "" && ` (${price.asOf})`}
          </Fact>
        )}
      </dl>
      {cost?.nanoUsd === undefined && <p className="mt-2 text-xs text-muted-foreground">{t("cost.unknownHint")}</p>}
    </SectionCard>
  );
}
