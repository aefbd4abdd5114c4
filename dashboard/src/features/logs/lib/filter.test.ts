import { describe, expect, test } from "vitest";
import { joinList, type LogsSearch, parseSearch, splitList } from "../search";
import { activeConditions, conditionsOf, filterOf, noConditions, togglePreset, toggled, withoutCondition } from "./filter";

describe("the URL", () => {
  test("is read into what the page shows, whatever stands in it", () => {
    expect(parseSearch({ q: "  ", tier: "t1,t4,none", status: 429, retries: "2", stream: "0", live: 1, slow: -3, range: "1h", nonsense: {} })).toEqual({
      tier: "t1,none",
      status: "429",
      retries: 2,
      stream: false,
      live: true,
      range: "1h",
    });
    expect(parseSearch({ tier: null, model: { a: 1 }, status: "20,6xx,5xx,0", slow: "1e99", category: ["chat", "talk", "tool"] })).toEqual({
      status: "5xx,0",
      category: "chat,tool",
    });
  });

  test("says the same again after it was read", () => {
    const search = { tier: "t1,t3", model: "azure/gpt-4,odd\\,name", error: "any", q: "weather", slow: 10_000, record: "6c01" };
    expect(parseSearch(parseSearch(search))).toEqual(search);
  });

  test("holds any value of a list, commas and backslashes too", () => {
    const values = ["a,b", "c\\", "\\,d", "plain"];
    expect(splitList(joinList(values))).toEqual(values);
    expect(joinList([])).toBeUndefined();
    expect(splitList(",,a,,a")).toEqual(["a"]);
    expect(splitList(Array.from({ length: 300 }, (_, i) => `m${i}`).join(","))).toHaveLength(100);
  });

  test("cuts a text that the server would refuse, at a whole character", () => {
    const { q = "" } = parseSearch({ q: "气".repeat(200) });
    expect(q).toBe("气".repeat(85));
  });
});

describe("the filter", () => {
  test("says every condition in the server's words", () => {
    const search: LogsSearch = parseSearch({
      q: "x", req: "req_1", slow: 5, retries: 1, stream: true, tier: "t2", model: "a/b", provider: "a", key: "cafe", status: "4xx,0", error: "any", ending: "drained", category: "tool", instance: "p1",
    });
    expect(filterOf(search, { since: 1_000, until: "now", preset: "1h" })).toEqual({
      text: "x",
      requestId: "req_1",
      minDurationMs: 5,
      minRetries: 1,
      streaming: true,
      tiers: ["t2"],
      models: ["a/b"],
      providers: ["a"],
      keyIds: ["cafe"],
      statuses: ["4xx", "0"],
      errorKinds: ["any"],
      endings: ["drained"],
      categories: ["tool"],
      instanceIds: ["p1"],
      sinceUs: 1_000_000n,
      untilUs: 0n,
    });
    expect(conditionsOf({})).toEqual({});
  });

  test("can be taken apart again, one condition at a time", () => {
    let search: LogsSearch = { tier: "t1,t2", q: "x", stream: false, record: "6c01", range: "1h" };
    expect(activeConditions(search)).toHaveLength(4);
    for (const condition of activeConditions(search)) search = parseSearch({ ...search, ...withoutCondition(search, condition) });
    expect(search).toEqual({ record: "6c01", range: "1h" });
    expect(parseSearch({ tier: "t1", slow: 3, live: true, ...noConditions })).toEqual({ tier: undefined, live: true } satisfies LogsSearch as LogsSearch);
  });

  test("toggles values and presets", () => {
    expect(toggled({ model: "a" }, "model", "b")).toEqual({ model: "a,b" });
    expect(toggled({ model: "a" }, "model", "a")).toEqual({ model: undefined });
    expect(togglePreset({}, "errors")).toEqual({ error: "any" });
    expect(togglePreset({ error: "any" }, "errors")).toEqual({ error: undefined });
    expect(togglePreset({ slow: 250 }, "slow")).toEqual({ slow: undefined });
  });
});
