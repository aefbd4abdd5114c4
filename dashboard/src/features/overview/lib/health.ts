// How each model fares, the worst first. Pure.
import type { ListModelHealthResponse } from "@/gen/smartroute/v1/admin_pb";

export type HealthState = "cooling" | "poor" | "fair" | "good" | "unused";
export type Standing = {
  /** provider/name, as the configuration has it. */
  id: string;
  provider: string;
  name: string;
  /** 0 to 100. */
  health: number;
  score: number;
  successes: number;
  failed: number;
  /** The most frequent first. */
  failures: readonly { kind: string; count: number }[];
  /** This browser's clock; 0: not cooling. */
  coolingUntil: number;
  coolingReason: string;
  ejections: number;
  lastSuccess: number;
  lastFailure: number;
};

const fairFrom = 50;
const goodFrom = 80;

export function stateOf(one: Standing, now: number): HealthState {
  if (one.coolingUntil > now) return "cooling";
  if (one.successes === 0 && one.failed === 0 && one.score === 0) return "unused";
  if (one.health >= goodFrom) return "good";
  return one.health >= fairFrom ? "fair" : "poor";
}

const rank: Record<HealthState, number> = { cooling: 0, poor: 1, fair: 2, good: 3, unused: 4 };

/** `receivedAt`: when the answer came; cooldowns in it are spans. */
export function standingsOf(response: ListModelHealthResponse, receivedAt: number): Standing[] {
  const standings = response.models.map((one): Standing => {
    const failures = one.failures.map(({ kind, count }) => ({ kind, count: Number(count) })).sort((a, b) => b.count - a.count);
    const prefix = `${one.provider}/`;
    return {
      id: one.model,
      provider: one.provider,
      name: one.provider !== "" && one.model.startsWith(prefix) ? one.model.slice(prefix.length) : one.model,
      health: one.health,
      score: one.score,
      successes: Number(one.successes),
      failed: failures.reduce((sum, { count }) => sum + count, 0),
      failures,
      coolingUntil: one.coolingMs > 0n ? receivedAt + Number(one.coolingMs) : 0,
      coolingReason: one.coolingReason,
      ejections: one.ejections,
      lastSuccess: Number(one.lastSuccessMs),
      lastFailure: Number(one.lastFailureMs),
    };
  });
  return standings.sort(
    (a, b) =>
      rank[stateOf(a, receivedAt)] - rank[stateOf(b, receivedAt)] ||
      a.health - b.health ||
      b.failed - a.failed ||
      (a.id < b.id ? -1 : 1),
  );
}

export function matching(standings: readonly Standing[], text: string): readonly Standing[] {
  const wanted = text.trim().toLowerCase();
  return wanted === "" ? standings : standings.filter((one) => one.id.toLowerCase().includes(wanted));
}

export type StateCounts = Record<HealthState, number>;
export function countStates(standings: readonly Standing[], now: number): StateCounts {
  const counts: StateCounts = { cooling: 0, poor: 0, fair: 0, good: 0, unused: 0 };
  for (const one of standings) counts[stateOf(one, now)]++;
  return counts;
}
