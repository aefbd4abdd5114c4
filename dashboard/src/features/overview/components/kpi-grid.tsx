import { useTranslation } from "react-i18next";
import type { GetStatsResponse } from "@/gen/smartroute/v1/admin_pb";
import { useRange } from "@/hooks/use-range";
import { figuresBefore, figuresNow, kpisOf } from "../lib/kpis";
import { KpiCard } from "./kpi-card";

export const kpiGridClasses = "grid grid-cols-2 gap-3 sm:grid-cols-3 lg:grid-cols-4 xl:grid-cols-6";

export function KpiGrid({ stats }: { stats: GetStatsResponse }) {
  const { t } = useTranslation("overview");
  const { range } = useRange();
  const live = range.until === "now";
  const figures = figuresNow(stats);
  const compared = figuresBefore(stats) !== undefined;
  return (
    <div className="grid gap-2">
      <dl className={kpiGridClasses}>
        {kpisOf(stats, live).map((kpi) => (
          <KpiCard key={kpi.key} kpi={kpi} figures={figures} compared={compared} />
        ))}
      </dl>
      {!compared && <p className="text-muted-foreground text-xs">{t("change.nothingBefore")}</p>}
    </div>
  );
}
