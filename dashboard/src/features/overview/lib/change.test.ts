import { describe, expect, it } from "vitest";
import { changeOf } from "./change";

describe("changeOf", () => {
  it("calls less of what is bad better", () => {
    expect(changeOf({ now: 50, before: 100, moreIs: "worse" })).toEqual({ kind: "down", by: 0.5, points: false, meaning: "better" });
  });
  it("calls more of what is good better", () => {
    expect(changeOf({ now: 150, before: 100, moreIs: "better" })).toEqual({ kind: "up", by: 0.5, points: false, meaning: "better" });
  });
  it("has no opinion on what is neither", () => {
    expect(changeOf({ now: 1, before: 2, moreIs: "neutral" })).toMatchObject({ meaning: "neutral" });
  });
  it("takes the difference of shares", () => {
    const change = changeOf({ now: 0.03, before: 0.01, moreIs: "worse", points: true });
    expect(change).toMatchObject({ kind: "up", points: true, meaning: "worse" });
    expect(change.kind === "up" && change.by).toBeCloseTo(0.02);
  });
  it("compares nothing that is unknown", () => {
    expect(changeOf({ now: undefined, before: 1, moreIs: "worse" })).toEqual({ kind: "none" });
    expect(changeOf({ now: 1, before: undefined, moreIs: "worse" })).toEqual({ kind: "none" });
  });
  it("has no share of nothing", () => {
    expect(changeOf({ now: 5, before: 0, moreIs: "neutral" })).toEqual({ kind: "up", by: undefined, points: false, meaning: "neutral" });
    expect(changeOf({ now: 0, before: 0, moreIs: "neutral" })).toEqual({ kind: "same" });
  });
  it("ignores a hair's breadth", () => {
    expect(changeOf({ now: 1000, before: 1001, moreIs: "worse" })).toEqual({ kind: "same" });
    expect(changeOf({ now: 0.0101, before: 0.01, moreIs: "worse", points: true })).toEqual({ kind: "same" });
  });
  it("follows savings across zero", () => {
    expect(changeOf({ now: 10, before: -10, moreIs: "better" })).toMatchObject({ kind: "up", by: 2, meaning: "better" });
  });
});
