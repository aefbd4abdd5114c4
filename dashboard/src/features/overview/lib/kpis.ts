// The figures at the top of the page. Pure.
import type { Values } from "@/components/charts/series";
import type { GetStatsResponse } from "@/gen/smartroute/v1/admin_pb";
import { type Change, changeOf, type MoreIs } from "./change";
import { type Figures, figuresOf } from "./figures";
import { type Trend, trendOf } from "./trend";

export const kpiKeys = ["qps", "requests", "inFlight", "errorRate", "avg", "p50", "p90", "p99", "firstByte", "tokens", "cost", "saved"] as const;
export type KpiKey = (typeof kpiKeys)[number];
export type Kpi = {
  key: KpiKey;
  /** Undefined: unknown. */
  value: number | bigint | undefined;
  /** Undefined: a figure of this moment, which has no period before. */
  change: Change | undefined;
  /** What it was in the period before. */
  before: number | bigint | undefined;
  spark: Values | undefined;
};

type Rule = {
  of: (figures: Figures) => number | bigint | undefined;
  moreIs: MoreIs;
  points?: boolean;
  spark?: (trend: Trend) => Values;
};

const rules: Record<Exclude<KpiKey, "inFlight">, Rule> = {
  qps: { of: (f) => f.qps, moreIs: "neutral" },
  requests: { of: (f) => f.requests, moreIs: "neutral", spark: (t) => t.requests },
  errorRate: { of: (f) => f.errorRate, moreIs: "worse", points: true, spark: (t) => t.failures },
  avg: { of: (f) => f.response?.avg, moreIs: "worse", spark: (t) => t.avg },
  p50: { of: (f) => f.response?.p50, moreIs: "worse", spark: (t) => t.p50 },
  p90: { of: (f) => f.response?.p90, moreIs: "worse", spark: (t) => t.p90 },
  p99: { of: (f) => f.response?.p99, moreIs: "worse", spark: (t) => t.p99 },
  firstByte: { of: (f) => f.firstByte?.p50, moreIs: "worse", spark: (t) => t.firstByte },
  tokens: { of: (f) => f.tokens.total, moreIs: "neutral", spark: (t) => t.tokens },
  cost: { of: (f) => f.cost, moreIs: "worse", spark: (t) => t.cost },
  saved: { of: (f) => f.saved, moreIs: "better" },
};

const amount = (value: number | bigint | undefined) => (value === undefined ? undefined : Number(value));

/** Totals of the span; undefined: there was no request. */
export function figuresNow(stats: GetStatsResponse): Figures | undefined {
  const totals = stats.series[0]?.totals;
  return totals && figuresOf(totals);
}

/** Undefined: there was nothing before that could be compared with. */
export function figuresBefore(stats: GetStatsResponse): Figures | undefined {
  const totals = stats.before[0]?.totals;
  return totals && totals.requests > 0n ? figuresOf(totals) : undefined;
}

/** `live`: the span reaches up to now, so that what happens now belongs to it. */
export function kpisOf(stats: GetStatsResponse, live: boolean): Kpi[] {
  const now = figuresNow(stats);
  const before = figuresBefore(stats);
  const trend = trendOf(stats);
  return kpiKeys.map((key): Kpi => {
    if (key === "inFlight") return { key, value: stats.inFlight, change: undefined, before: undefined, spark: undefined };
    const rule = rules[key];
    const value = now === undefined ? (key === "requests" || key === "tokens" || key === "qps" ? 0 : undefined) : rule.of(now);
    const then = before && rule.of(before);
    const change = changeOf({
      now: amount(value),
      before: amount(then),
      moreIs: rule.moreIs,
      ...(rule.points ? { points: true } : {}),
    });
    // This moment is nothing that an earlier span could be compared with.
    if (key === "qps" && live) return { key, value: stats.qps, change: undefined, before: undefined, spark: rule.spark?.(trend) };
    return { key, value, change, before: then, spark: rule.spark?.(trend) };
  });
}
