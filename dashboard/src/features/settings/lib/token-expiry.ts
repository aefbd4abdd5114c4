export const expiryChoices = ["7d", "30d", "90d", "365d", "never", "date"] as const;
export type ExpiryChoice = (typeof expiryChoices)[number];

const days: Partial<Record<ExpiryChoice, number>> = { "7d": 7, "30d": 30, "90d": 90, "365d": 365 };
const dayMs = 86_400_000;

/**
 * When a token ends, in milliseconds since 1970; 0: never. A date of one's own holds until its last moment in this browser's zone.
 * Undefined: there is no such date, or it is over.
 */
export function expiresAt(choice: ExpiryChoice, date: string, nowMs: number): bigint | undefined {
  if (choice === "never") return 0n;
  const span = days[choice];
  if (span !== undefined) return BigInt(nowMs + span * dayMs);
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(date);
  if (!match) return undefined;
  const [year, month, day] = match.slice(1).map(Number);
  const end = new Date(year ?? 0, (month ?? 1) - 1, day ?? 1, 23, 59, 59, 999);
  if (end.getMonth() !== (month ?? 1) - 1 || end.getTime() <= nowMs) return undefined;
  return BigInt(end.getTime());
}

export type ExpiryState = "never" | "over" | "soon" | "later";

export function expiryState(expiresAtMs: bigint, nowMs: number): ExpiryState {
  if (expiresAtMs === 0n) return "never";
  const left = Number(expiresAtMs) - nowMs;
  if (left <= 0) return "over";
  return left < 7 * dayMs ? "soon" : "later";
}
