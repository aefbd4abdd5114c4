import { describe, expect, it } from "vitest";
import { parseRangeSearch, rangeOf, searchOf } from "./range";

describe("parseRangeSearch", () => {
  it.each([
    [{ range: "6h" }, { range: "6h" }],
    [{ range: "2 years" }, {}],
    [{ since: 1_000, until: 2_000 }, { since: 1_000, until: 2_000 }],
    [{ since: "1000" }, { since: 1_000 }],
    [{ since: 2_000, until: 1_000, range: "1h" }, { range: "1h" }],
    [{ since: -5 }, {}],
    [{ since: Number.NaN, range: [] }, {}],
  ])("of %j is %j", (raw, parsed) => {
    expect(parseRangeSearch(raw)).toEqual(parsed);
  });
});

describe("rangeOf", () => {
  it("ends now for a preset, which is the fallback where none is named", () => {
    expect(rangeOf({}, "1h", 10_000_000_000)).toEqual({ since: 9_996_400_000, until: "now", preset: "1h" });
    expect(rangeOf({ range: "15m" }, "1h", 10_000_004_321).since).toBe(9_999_100_000);
  });
  it("is what was zoomed to", () => {
    expect(rangeOf({ since: 5, until: 9 }, "1h", 10_000)).toEqual({ since: 5, until: 9 });
    expect(rangeOf({ since: 5 }, "1h", 10_000)).toEqual({ since: 5, until: "now" });
  });
});

describe("searchOf", () => {
  it("takes the other form out of the URL", () => {
    expect(searchOf("7d")).toEqual({ range: "7d", since: undefined, until: undefined });
    expect(searchOf({ since: 1.5, until: 9.9 })).toEqual({ range: undefined, since: 1, until: 9 });
  });
});
