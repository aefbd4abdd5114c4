// How two answers to the same question differ, as facts that can be put into words in any language.

export interface Side {
  costNanoUsd?: bigint;
  durationMs?: number;
}

export type Difference =
  | { kind: "unknown" }
  | { kind: "same" }
  /** Of the second against the first. `share` is of the first: 0.25 is a quarter less or more; `times` how often the smaller goes into the larger. */
  | { kind: "less" | "more"; by: number; share: number; times: number };

export interface Comparison {
  cost: Difference;
  time: Difference;
}

/** Below this share of the first, two times are the same to whoever waits. */
const sameTime = 0.02;

function differ(first: number | undefined, second: number | undefined, tolerance: number): Difference {
  if (first === undefined || second === undefined) return { kind: "unknown" };
  const by = Math.abs(second - first);
  if (by <= Math.abs(first) * tolerance) return { kind: "same" };
  const small = Math.min(first, second);
  return {
    kind: second < first ? "less" : "more",
    by,
    share: first === 0 ? Number.POSITIVE_INFINITY : by / first,
    times: small === 0 ? Number.POSITIVE_INFINITY : Math.max(first, second) / small,
  };
}

export function compareAnswers(first: Side, second: Side): Comparison {
  const nano = (value: bigint | undefined) => (value === undefined ? undefined : Number(value));
  return {
    cost: differ(nano(first.costNanoUsd), nano(second.costNanoUsd), 0),
    time: differ(first.durationMs, second.durationMs, sameTime),
  };
}

/** "3.2 times as much" says more than "220 % more"; "40 % less" more than "1.7 times less". */
export function difference(of: Difference): { key: "unknown" | "same" | "less" | "more" | "moreTimes" | "free" | "notFree"; share: number; times: number; by: number } {
  if (of.kind === "unknown" || of.kind === "same") return { key: of.kind, share: 0, times: 1, by: 0 };
  const { share, times, by } = of;
  if (!Number.isFinite(times)) return { key: of.kind === "less" ? "free" : "notFree", share, times, by };
  if (of.kind === "less") return { key: "less", share, times, by };
  return { key: times >= 2 ? "moreTimes" : "more", share, times, by };
}
