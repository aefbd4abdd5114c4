import { describe, expect, it } from "vitest";
import { defaultLimits, gradeOf, limitOf, limitsOf } from "./grades";

describe("limitOf", () => {
  it.each([
    ["5000", 5000],
    [1.4, 1],
    ["", undefined],
    ["x", undefined],
    [0, undefined],
    [3_600_001, undefined],
    [null, undefined],
    [Number.NaN, undefined],
  ])("of %j is %j", (raw, limit) => expect(limitOf(raw)).toBe(limit));
});

describe("limitsOf", () => {
  it("prefers the first source, limit by limit", () => {
    expect(limitsOf({ good: 1000 }, { good: 2000, slow: 3000 })).toEqual({ good: 1000, slow: 3000 });
  });
  it("does not take limits that contradict each other", () => {
    expect(limitsOf({ good: 9000, slow: 3000 })).toBe(defaultLimits);
    expect(limitsOf({ good: 20_000 })).toBe(defaultLimits);
  });
});

it("grades", () => {
  const limits = { good: 100, slow: 200 };
  expect([100, 101, 199, 200].map((ms) => gradeOf(ms, limits))).toEqual(["good", "fair", "fair", "slow"]);
});
