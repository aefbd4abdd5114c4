import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { ReplayRoutesResponseSchema } from "@/gen/smartroute/v1/admin_pb";
import { costWord, pairTiers, replayView } from "./replay-view";

const share = (name: string, before: number, after: number) => ({ name, before: BigInt(before), after: BigInt(after) });
const answer = (init: object = {}) =>
  create(ReplayRoutesResponseSchema, {
    decided: 100n, skipped: 3n, movedTier: 20n, movedModel: 25n, complete: true, priced: 90n, costBefore: 2, costAfter: 1.5,
    tiers: [share("t3", 60, 40), share("named", 10, 10), share("t1", 30, 50)],
    models: [share("b", 10, 20), share("a", 90, 80)],
    ...init,
  });

describe("the view of a replay", () => {
  it("orders tiers by rank and models by weight", () => {
    const view = replayView(answer());
    expect(view.tiers.map((row) => row.name)).toEqual(["t1", "t3", "named"]);
    expect(view.models.map((row) => row.name)).toEqual(["a", "b"]);
    expect(view.tiers[0]).toMatchObject({ beforeShare: 0.3, afterShare: 0.5 });
  });

  it("says what it costs as a share of what it cost", () => {
    const { cost } = replayView(answer());
    expect(cost).toMatchObject({ kind: "known", differenceNano: -5e8, share: -0.25 });
    expect(costWord(cost)).toBe("less");
  });

  it("does not take unknown cost for nothing", () => {
    const view = replayView(answer({ priced: 0n, costBefore: 0, costAfter: 0 }));
    expect(view.cost).toEqual({ kind: "unknown" });
    expect(costWord(view.cost)).toBe("unknown");
  });

  it("never divides by nothing", () => {
    const view = replayView(answer({ tiers: [share("t1", 0, 0)], costBefore: 0, costAfter: 0 }));
    expect(view.tiers[0]).toMatchObject({ beforeShare: 0, afterShare: 0 });
    expect(costWord(view.cost)).toBe("same");
  });

  it("lists the models that matter and counts the rest", () => {
    const view = replayView(answer({ models: Array.from({ length: 15 }, (_, index) => share(`m${index}`, index, 0)) }));
    expect(view.models).toHaveLength(12);
    expect(view.restOfModels).toBe(3);
    expect(view.models[0]?.name).toBe("m14");
  });
});

it("pairs the tiers of two runs, also where only one has them", () => {
  const other = answer({ tiers: [share("t2", 50, 100)] });
  expect(pairTiers(replayView(answer()), replayView(other))).toEqual([
    { name: "t1", first: 0.5, second: 0 },
    { name: "t2", first: 0, second: 1 },
    { name: "t3", first: 0.4, second: 0 },
    { name: "named", first: 0.1, second: 0 },
  ]);
});
