// When a response time is good, fair or slow. Pure.
export type Limits = { good: number; slow: number };
export type Grade = "good" | "fair" | "slow";

/** A whole answer of a model takes seconds; somebody who waits for one loses patience after a quarter of a minute. */
export const defaultLimits: Limits = { good: 5_000, slow: 15_000 };
const least = 1;
const most = 3_600_000;

/** Milliseconds as they stand in a URL, a field or a store; undefined: none such. */
export function limitOf(raw: unknown): number | undefined {
  const value = typeof raw === "string" && raw.trim() !== "" ? Number(raw) : raw;
  if (typeof value !== "number" || !Number.isFinite(value)) return undefined;
  const whole = Math.round(value);
  return whole >= least && whole <= most ? whole : undefined;
}

type Parts = { good?: number | undefined; slow?: number | undefined };

/** The first of `sources` that names a limit names it; both together must make sense, else the defaults hold. */
export function limitsOf(...sources: readonly Parts[]): Limits {
  const first = (pick: (parts: Parts) => number | undefined) => sources.map(pick).find((value) => value !== undefined);
  const limits = { good: first((one) => one.good) ?? defaultLimits.good, slow: first((one) => one.slow) ?? defaultLimits.slow };
  return limits.good < limits.slow ? limits : defaultLimits;
}

export function gradeOf(ms: number, { good, slow }: Limits): Grade {
  if (ms <= good) return "good";
  return ms < slow ? "fair" : "slow";
}
