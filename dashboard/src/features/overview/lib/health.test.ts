import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { ListModelHealthResponseSchema, type ModelHealthSchema } from "@/gen/smartroute/v1/admin_pb";
import { countStates, matching, standingsOf, stateOf } from "./health";

const now = 1_000_000;
const of = (...models: MessageInitShape<typeof ModelHealthSchema>[]) =>
  standingsOf(create(ListModelHealthResponseSchema, { models }), now);

describe("standingsOf", () => {
  it("puts the worst first and what was never used last", () => {
    const order = of(
      { model: "p/unused", provider: "p", health: 100 },
      { model: "p/good", provider: "p", health: 95, successes: 1n },
      { model: "p/poor", provider: "p", health: 20, successes: 1n, score: 20 },
      { model: "p/cooling", provider: "p", health: 60, successes: 1n, coolingMs: 5_000n },
      { model: "p/fair", provider: "p", health: 60, successes: 1n },
    ).map((one) => one.name);
    expect(order).toEqual(["cooling", "poor", "fair", "good", "unused"]);
  });

  it("adds failures up and puts the most frequent kind first", () => {
    const [one] = of({ model: "m", failures: [{ kind: "timeout", count: 1n }, { kind: "rate_limited", count: 4n }] });
    expect(one).toMatchObject({ name: "m", failed: 5, failures: [{ kind: "rate_limited", count: 4 }, { kind: "timeout", count: 1 }] });
  });

  it("lets a cooldown end by this browser's clock", () => {
    const [one] = of({ model: "m", health: 90, successes: 1n, coolingMs: 5_000n });
    if (!one) throw new Error("nothing");
    expect(stateOf(one, now + 4_999)).toBe("cooling");
    expect(stateOf(one, now + 5_000)).toBe("good");
  });
});

it("finds by any part of provider and name", () => {
  const standings = of({ model: "azure/gpt-4", provider: "azure" }, { model: "openai/o3", provider: "openai" });
  expect(matching(standings, " AZURE/g ").map((one) => one.id)).toEqual(["azure/gpt-4"]);
  expect(matching(standings, "").length).toBe(2);
});

it("counts states", () => {
  expect(countStates(of({ model: "a", health: 100 }, { model: "b", health: 10, successes: 2n }), now)).toEqual({
    cooling: 0,
    poor: 1,
    fair: 0,
    good: 0,
    unused: 1,
  });
});
