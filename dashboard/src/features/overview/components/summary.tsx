import { useMemo } from "react";
import type { GetStatsResponse } from "@/gen/smartroute/v1/admin_pb";
import { cn } from "@/lib/utils";
import { useZoom } from "../data/use-zoom";
import { figuresNow } from "../lib/kpis";
import { trendOf } from "../lib/trend";
import { BreakdownCard } from "./breakdown-card";
import { KpiGrid } from "./kpi-grid";
import { ModelsCard } from "./models-card";
import { NothingHere } from "./nothing-here";
import { ResponseTrend } from "./response-trend";
import { RequestsOverTime, TokensOverTime } from "./time-charts";
import { TiersCard } from "./tiers-card";

/** All that is of the range. `fading`: it is still that of the range before. */
export function Summary({ stats, fading }: { stats: GetStatsResponse; fading: boolean }) {
  const zoom = useZoom();
  const trend = useMemo(() => trendOf(stats), [stats]);
  const figures = figuresNow(stats);
  if (!figures || figures.requests === 0) return <NothingHere />;
  return (
    <div className={cn("grid gap-4 transition-opacity", fading && "opacity-60")}>
      <KpiGrid stats={stats} />
      <ResponseTrend trend={trend} p90={figures.response?.p90} zoom={zoom} />
      <div className="grid gap-4 xl:grid-cols-2">
        <RequestsOverTime trend={trend} zoom={zoom} />
        <TokensOverTime trend={trend} zoom={zoom} />
        <TiersCard />
        <ModelsCard />
      </div>
      <div className="grid gap-4 lg:grid-cols-2 xl:grid-cols-3">
        <BreakdownCard by="error" />
        <BreakdownCard by="provider" />
        <BreakdownCard by="key" />
      </div>
    </div>
  );
}
