// The attempts and the five points of time of a record, laid out on one scale.
import type { AttemptRecord, RequestRecord } from "@/gen/smartroute/v1/telemetry_pb";
import { between } from "./measures";

export type TraceBar = {
  attempt: AttemptRecord;
  number: number;
  /** Milliseconds from when the request was received. */
  startMs: number;
  durationMs: number;
  waitedMs: number;
  /** Of the attempt whose answer the client got: from its commit to the end of the answer. */
  deliveryMs: number;
  answered: boolean;
};
export type Trace = { totalMs: number; bars: TraceBar[] };

export function traceOf(record: RequestRecord): Trace {
  const start = record.receivedUs;
  const bars = record.attempts.map((attempt, index): TraceBar => {
    const answered = attempt.outcome === "answered";
    const endUs = attempt.startedUs + BigInt(attempt.durationUs);
    return {
      attempt,
      number: index + 1,
      startMs: between(start, attempt.startedUs) ?? 0,
      durationMs: attempt.durationUs / 1000,
      waitedMs: attempt.waitedMs,
      deliveryMs: answered && attempt.startedUs > 0n ? (between(endUs, record.completedUs) ?? 0) : 0,
      answered,
    };
  });
  const ends = bars.map((bar) => bar.startMs + bar.durationMs + bar.deliveryMs);
  return { totalMs: Math.max(between(start, record.completedUs) ?? 0, ...ends, 0.001), bars };
}

export const points = ["received", "routed", "called", "first_byte", "completed"] as const;
export type PointName = (typeof points)[number];
/** A point that was reached, and what went on from the one before. */
export type WaterfallStep = { name: PointName; atUs: bigint; offsetMs: number; fromMs: number; tookMs: number };
export type Waterfall = { totalMs: number; steps: WaterfallStep[]; missing: PointName[] };

export function waterfallOf(record: RequestRecord): Waterfall {
  const times: Record<PointName, bigint> = {
    received: record.receivedUs,
    routed: record.routedUs,
    called: record.upstreamCalledUs,
    first_byte: record.firstByteUs,
    completed: record.completedUs,
  };
  const steps: WaterfallStep[] = [];
  const missing: PointName[] = [];
  let before = 0;
  for (const name of points) {
    const offsetMs = between(record.receivedUs, times[name]);
    if (offsetMs === undefined) {
      missing.push(name);
      continue;
    }
    // Clocks may be set back while a request runs.
    const at = Math.max(before, offsetMs);
    steps.push({ name, atUs: times[name], offsetMs: at, fromMs: before, tookMs: at - before });
    before = at;
  }
  return { totalMs: Math.max(before, 0.001), steps, missing };
}

/** A place on the scale, in percent, never too thin to be seen. */
export function placeOf(fromMs: number, tookMs: number, totalMs: number): { left: number; width: number } {
  const clamp = (value: number) => Math.min(100, Math.max(0, value));
  const left = Math.min(99.4, clamp((fromMs / totalMs) * 100));
  return { left, width: Math.min(100 - left, Math.max(0.6, clamp((tookMs / totalMs) * 100))) };
}
