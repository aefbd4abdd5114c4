import type { ReplayRoutesResponse, ReplayShare } from "@/gen/smartroute/v1/admin_pb";

// What a replay says, as the page shows it: shares of requests, and what they would cost.

export interface ShareRow {
  name: string;
  before: number;
  after: number;
  beforeShare: number;
  afterShare: number;
}

export interface Move {
  requestId: string;
  ask: string;
  tierBefore: string;
  tierAfter: string;
  modelBefore: string;
  modelAfter: string;
  reason: string;
}

export type CostView =
  | { kind: "unknown" }
  | { kind: "known"; beforeNano: number; afterNano: number; differenceNano: number; share: number };

export interface ReplayView {
  decided: number;
  skipped: number;
  movedTier: number;
  movedModel: number;
  tiers: ShareRow[];
  models: ShareRow[];
  /** Models beyond those that are listed. */
  restOfModels: number;
  priced: number;
  cost: CostView;
  moves: Move[];
  judgeCalls: number;
  complete: boolean;
  seconds: number;
}

const tierOrder = ["t1", "t2", "t3", "named", "refused", "other"];
const mostModels = 12;
const nano = 1e9;

function shareRows(shares: readonly ReplayShare[]): ShareRow[] {
  const total = (of: (share: ReplayShare) => bigint) => shares.reduce((sum, share) => sum + Number(of(share)), 0);
  const before = total((share) => share.before);
  const after = total((share) => share.after);
  return shares.map((share) => ({
    name: share.name,
    before: Number(share.before),
    after: Number(share.after),
    beforeShare: before === 0 ? 0 : Number(share.before) / before,
    afterShare: after === 0 ? 0 : Number(share.after) / after,
  }));
}

function placeOf(tier: string): number {
  const at = tierOrder.indexOf(tier);
  return at < 0 ? tierOrder.length : at;
}

function costView(priced: bigint, before: number, after: number): CostView {
  if (priced === 0n) return { kind: "unknown" };
  const difference = after - before;
  return { kind: "known", beforeNano: before * nano, afterNano: after * nano, differenceNano: difference * nano, share: before === 0 ? 0 : difference / before };
}

export function replayView(answer: ReplayRoutesResponse): ReplayView {
  const models = shareRows(answer.models).sort((a, b) => Math.max(b.before, b.after) - Math.max(a.before, a.after) || a.name.localeCompare(b.name));
  return {
    decided: Number(answer.decided),
    skipped: Number(answer.skipped),
    movedTier: Number(answer.movedTier),
    movedModel: Number(answer.movedModel),
    tiers: shareRows(answer.tiers).sort((a, b) => placeOf(a.name) - placeOf(b.name)),
    models: models.slice(0, mostModels),
    restOfModels: Math.max(0, models.length - mostModels),
    priced: Number(answer.priced),
    cost: costView(answer.priced, answer.costBefore, answer.costAfter),
    moves: answer.moves.map(({ requestId, ask, tierBefore, tierAfter, modelBefore, modelAfter, reason }) => ({
      requestId, ask, tierBefore, tierAfter, modelBefore, modelAfter, reason,
    })),
    judgeCalls: Number(answer.judgeCalls),
    complete: answer.complete,
    seconds: answer.seconds,
  };
}

export type CostWord = "unknown" | "same" | "less" | "more";

/** Rounding of sums aside: less than a millionth of what it was is no difference. */
export function costWord(cost: CostView): CostWord {
  if (cost.kind === "unknown") return "unknown";
  if (Math.abs(cost.differenceNano) <= Math.max(1, Math.abs(cost.beforeNano) * 1e-6)) return "same";
  return cost.differenceNano < 0 ? "less" : "more";
}

export interface RunPair {
  name: string;
  first: number;
  second: number;
}

/** The shares of two runs after the change, tier by tier. */
export function pairTiers(first: ReplayView, second: ReplayView): RunPair[] {
  const names = [...new Set([...first.tiers, ...second.tiers].map((row) => row.name))].sort((a, b) => placeOf(a) - placeOf(b));
  const shareOf = (view: ReplayView, name: string) => view.tiers.find((row) => row.name === name)?.afterShare ?? 0;
  return names.map((name) => ({ name, first: shareOf(first, name), second: shareOf(second, name) }));
}
