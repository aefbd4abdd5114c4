// Points of one series, laid on an even grid of steps. Pure.
import { stepsOf, type Values } from "@/components/charts/series";
import type { GetStatsResponse } from "@/gen/smartroute/v1/admin_pb";
import { type Figures, figuresOf } from "./figures";

export type Trend = {
  since: number;
  until: number;
  stepMs: number;
  times: number[];
  requests: Values;
  successes: Values;
  failures: Values;
  /** Neither: the client left. */
  gone: Values;
  avg: Values;
  p50: Values;
  p90: Values;
  p99: Values;
  firstByte: Values;
  prompt: Values;
  completion: Values;
  tokens: Values;
  cost: Values;
};

type Cell = Figures & { successes: number };

/** A step without a request counts nothing and took no time that could be known. */
export function trendOf(stats: GetStatsResponse): Trend {
  const since = Number(stats.sinceMs);
  const until = Number(stats.untilMs);
  const stepMs = Number(stats.stepMs);
  const points = stats.series[0]?.points ?? [];
  const times = stepsOf(since, until, stepMs, Number(points[0]?.atMs ?? 0n));
  const cells = new Map<number, Cell>();
  for (const { atMs, totals } of points)
    if (totals) cells.set(Number(atMs), { ...figuresOf(totals), successes: Number(totals.successes) });
  const each = (value: (cell: Cell) => number | undefined, without: number | null): Values =>
    times.map((at) => {
      const cell = cells.get(at);
      return cell === undefined ? without : (value(cell) ?? null);
    });
  return {
    since,
    until,
    stepMs,
    times,
    requests: each((cell) => cell.requests, 0),
    successes: each((cell) => cell.successes, 0),
    failures: each((cell) => cell.failures, 0),
    gone: each((cell) => Math.max(0, cell.requests - cell.successes - cell.failures), 0),
    avg: each((cell) => cell.response?.avg, null),
    p50: each((cell) => cell.response?.p50, null),
    p90: each((cell) => cell.response?.p90, null),
    p99: each((cell) => cell.response?.p99, null),
    firstByte: each((cell) => cell.firstByte?.p50, null),
    prompt: each((cell) => cell.tokens.prompt, 0),
    completion: each((cell) => cell.tokens.completion, 0),
    tokens: each((cell) => cell.tokens.total, 0),
    cost: each((cell) => (cell.cost === undefined ? undefined : Number(cell.cost)), 0),
  };
}
