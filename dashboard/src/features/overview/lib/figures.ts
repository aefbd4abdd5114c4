// What the totals of a span say, with what they do not say left unknown. Pure.
import type { Latency, StatsTotals } from "@/gen/smartroute/v1/admin_pb";

export type Times = { avg: number; p50: number; p90: number; p99: number };
export type Tokens = {
  total: number;
  prompt: number;
  completion: number;
  /** Who counted them. */
  upstream: number;
  local: number;
  estimate: number;
  cached: number;
};
export type Figures = {
  requests: number;
  qps: number;
  failures: number;
  /** Of requests; undefined without any. */
  errorRate: number | undefined;
  response: Times | undefined;
  firstByte: Times | undefined;
  tokens: Tokens;
  /** Nano-dollars; undefined: of no request is the cost known. */
  cost: bigint | undefined;
  unpriced: number;
  saved: bigint | undefined;
};

function timesOf(latency: Latency | undefined): Times | undefined {
  if (!latency || latency.count === 0n) return undefined;
  return { avg: latency.avgMs, p50: latency.p50Ms, p90: latency.p90Ms, p99: latency.p99Ms };
}

export function tokensOf(totals: StatsTotals): Tokens {
  const upstream = totals.promptTokensUpstream + totals.completionTokensUpstream;
  const local = totals.promptTokensLocal + totals.completionTokensLocal;
  const estimate = totals.promptTokensEstimate + totals.completionTokensEstimate;
  const prompt = totals.promptTokensUpstream + totals.promptTokensLocal + totals.promptTokensEstimate;
  return {
    total: Number(upstream + local + estimate),
    prompt: Number(prompt),
    completion: Number(upstream + local + estimate - prompt),
    upstream: Number(upstream),
    local: Number(local),
    estimate: Number(estimate),
    cached: Number(totals.cachedTokens),
  };
}

/** Undefined where all that was used has no known price. */
export function costOf(totals: StatsTotals): bigint | undefined {
  return totals.costNanoUsd === 0n && totals.unpricedRequests > 0n ? undefined : totals.costNanoUsd;
}

export function figuresOf(totals: StatsTotals): Figures {
  const cost = costOf(totals);
  return {
    requests: Number(totals.requests),
    qps: totals.qps,
    failures: Number(totals.failures),
    errorRate: totals.requests === 0n ? undefined : Number(totals.failures) / Number(totals.requests),
    response: timesOf(totals.responseTime),
    firstByte: timesOf(totals.firstByte),
    tokens: tokensOf(totals),
    cost,
    unpriced: Number(totals.unpricedRequests),
    saved: cost === undefined ? undefined : totals.savedNanoUsd,
  };
}
