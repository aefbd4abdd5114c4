// Moving models within and between tiers, by pointer or by keys.
import { type Doc, setIn, type TierName, TIERS } from "@/lib/config-draft";

export type Lists = Record<TierName, string[]>;
export interface Spot {
  tier: TierName;
  index: number;
}

/** A model that was picked up: where it was, and where it would go now. */
export interface Lifted {
  from: Spot;
  to: Spot;
  by: "pointer" | "keys";
}

export type ArrangeAction =
  | { type: "lift"; spot: Spot; by: Lifted["by"] }
  | { type: "over"; spot: Spot }
  | { type: "step"; key: "ArrowUp" | "ArrowDown" | "ArrowLeft" | "ArrowRight"; lists: Lists }
  | { type: "drop" };

export function listsOf(doc: Doc): Lists {
  const of = (tier: TierName) => doc.tiers?.[tier]?.models ?? [];
  return { t1: of("t1"), t2: of("t2"), t3: of("t3") };
}

export function moved(lists: Lists, from: Spot, to: Spot): Lists {
  const model = lists[from.tier][from.index];
  if (model === undefined) return lists;
  const without = { ...lists, [from.tier]: lists[from.tier].filter((_, i) => i !== from.index) };
  const target = [...without[to.tier]];
  target.splice(Math.min(to.index, target.length), 0, model);
  return { ...without, [to.tier]: target };
}

function step(lifted: Lifted, key: string, lists: Lists): Spot {
  const { tier, index } = lifted.to;
  const most = (name: TierName) => lists[name].length - (name === lifted.from.tier ? 1 : 0);
  if (key === "ArrowUp") return { tier, index: Math.max(0, index - 1) };
  if (key === "ArrowDown") return { tier, index: Math.min(most(tier), index + 1) };
  const next = TIERS[TIERS.indexOf(tier) + (key === "ArrowLeft" ? -1 : 1)];
  return next ? { tier: next, index: Math.min(index, most(next)) } : { tier, index };
}

export function arrange(lifted: Lifted | undefined, action: ArrangeAction): Lifted | undefined {
  if (action.type === "lift") return { from: action.spot, to: action.spot, by: action.by };
  if (!lifted || action.type === "drop") return undefined;
  const to = action.type === "over" ? action.spot : step(lifted, action.key, action.lists);
  return to.tier === lifted.to.tier && to.index === lifted.to.index ? lifted : { ...lifted, to };
}

export function withLists(doc: Doc, lists: Lists): Doc {
  return TIERS.reduce((out, tier) => setIn(out, ["tiers", tier, "models"], lists[tier].length === 0 ? undefined : lists[tier]), doc);
}
