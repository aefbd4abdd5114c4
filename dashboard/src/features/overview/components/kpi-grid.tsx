import type { GetStatsResponse } from "@/gen/smartroute/v1/admin_pb";
import { figuresNow, kpisOf } from "../lib/kpis";
import { KpiCard } from "./kpi-card";

export const kpiGridClasses = "grid grid-cols-2 gap-3 sm:grid-cols-3 lg:grid-cols-4 2xl:grid-cols-6";

export function KpiGrid({ stats }: { stats: GetStatsResponse }) {
  const figures = figuresNow(stats);
  return (
    <dl className={kpiGridClasses}>
      {kpisOf(stats).map((kpi) => (
        <KpiCard key={kpi.key} kpi={kpi} figures={figures} />
      ))}
    </dl>
  );
}
