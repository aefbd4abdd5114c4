import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { GetStatsResponseSchema, type StatsTotalsSchema } from "@/gen/smartroute/v1/admin_pb";
import { figuresNow, type KpiKey, kpisOf } from "./kpis";
import { trendOf } from "./trend";

type Totals = MessageInitShape<typeof StatsTotalsSchema>;
const minute = 60_000;

function stats(now: Totals | undefined, before?: Totals, points: { atMs: bigint; totals: Totals }[] = []) {
  return create(GetStatsResponseSchema, {
    sinceMs: 0n,
    untilMs: BigInt(3 * minute),
    stepMs: BigInt(minute),
    series: now ? [{ totals: now, points }] : [],
    before: before ? [{ totals: before }] : [],
    inFlight: 3,
    qps: 6.5,
  });
}
const kpi = (response: ReturnType<typeof stats>, key: KpiKey) => {
  const found = kpisOf(response, true).find((one) => one.key === key);
  if (!found) throw new Error(`no ${key}`);
  return found;
};

describe("kpisOf", () => {
  const busy: Totals = {
    requests: 100n,
    successes: 90n,
    failures: 5n,
    qps: 2,
    responseTime: { count: 90n, avgMs: 800, p50Ms: 700, p90Ms: 1500, p99Ms: 3000 },
    promptTokensUpstream: 1000n,
    completionTokensEstimate: 200n,
    costNanoUsd: 500n,
    savedNanoUsd: 1500n,
  };

  it("compares each figure with the period before, by what it means", () => {
    const response = stats(busy, { ...busy, requests: 50n, failures: 5n, responseTime: { count: 50n, avgMs: 1600 } });
    expect(kpi(response, "requests").change).toMatchObject({ kind: "up", by: 1, meaning: "neutral" });
    expect(kpi(response, "errorRate").change).toMatchObject({ kind: "down", points: true, meaning: "better" });
    expect(kpi(response, "avg").change).toMatchObject({ kind: "down", by: 0.5, meaning: "better" });
    expect(kpi(response, "saved").change).toEqual({ kind: "same" });
  });

  it("shows the rate of this moment, and compares that of the whole span", () => {
    const qps = kpi(stats(busy, { ...busy, qps: 1 }), "qps");
    expect(qps.value).toBe(6.5);
    expect(qps.change).toBeUndefined();
    const past = kpisOf(stats(busy, { ...busy, qps: 1 }), false)[0];
    expect(past?.value).toBe(2);
    expect(past?.change).toMatchObject({ kind: "up", by: 1 });
    expect(kpi(stats(busy, busy), "inFlight")).toMatchObject({ value: 3, change: undefined });
  });

  it("does not compare with a period without requests", () => {
    expect(kpi(stats(busy, { requests: 0n }), "requests").change).toEqual({ kind: "none" });
    expect(kpi(stats(busy), "avg").change).toEqual({ kind: "none" });
  });

  it("keeps unknown what nobody knows", () => {
    const response = stats({ requests: 4n, successes: 0n, failures: 4n, unpricedRequests: 4n, responseTime: {} });
    expect(kpi(response, "avg").value).toBeUndefined();
    expect(kpi(response, "firstByte").value).toBeUndefined();
    expect(kpi(response, "cost").value).toBeUndefined();
    expect(kpi(response, "saved").value).toBeUndefined();
    expect(kpi(response, "errorRate").value).toBe(1);
  });

  it("knows a cost of which only a part has no price, and how many requests that is", () => {
    const response = stats({ ...busy, unpricedRequests: 7n });
    expect(kpi(response, "cost").value).toBe(500n);
    expect(figuresNow(response)?.unpriced).toBe(7);
  });

  it("has counts of zero and no times when there was no request", () => {
    const response = stats(undefined);
    expect(kpi(response, "requests").value).toBe(0);
    expect(kpi(response, "errorRate").value).toBeUndefined();
    expect(kpi(response, "cost").value).toBeUndefined();
  });

  it("adds tokens up by who counted them", () => {
    expect(figuresNow(stats(busy))?.tokens).toEqual({
      total: 1200,
      prompt: 1000,
      completion: 200,
      upstream: 1000,
      local: 0,
      estimate: 200,
      cached: 0,
    });
  });
});

describe("trendOf", () => {
  it("fills steps without a request: with zero where it counts, with nothing where it measures", () => {
    const trend = trendOf(
      stats({ requests: 2n }, undefined, [
        { atMs: BigInt(minute), totals: { requests: 4n, successes: 2n, failures: 1n, responseTime: { count: 2n, p50Ms: 5 } } },
      ]),
    );
    expect(trend.times).toEqual([0, minute, 2 * minute]);
    expect(trend.requests).toEqual([0, 4, 0]);
    expect(trend.gone).toEqual([0, 1, 0]);
    expect(trend.p50).toEqual([null, 5, null]);
  });
});
