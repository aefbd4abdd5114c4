import { describe, expect, it } from "vitest";
import { stepLabel, tickLabels } from "./time-axis";

const utc = { language: "en", timeZone: "utc" } as const;
const at = Date.UTC(2026, 10, 23, 23, 30);
const half = 1_800_000;

describe("tickLabels", () => {
  it("names the day where it begins", () => {
    expect(tickLabels([at, at + half, at + 2 * half], half, utc)).toEqual(["23:30", "Nov 24", "00:30"]);
  });
  it("names days alone from a day on", () => {
    expect(tickLabels([at], 86_400_000, utc)).toEqual(["Nov 23"]);
  });
  it("speaks Chinese", () => {
    expect(tickLabels([at + half], half, { ...utc, language: "zh-CN" })).toEqual(["11月24日"]);
  });
});

describe("stepLabel", () => {
  it("is as exact as the step", () => {
    expect(stepLabel(at, 60_000, utc)).toBe("Nov 23, 23:30");
    expect(stepLabel(at, 86_400_000, utc)).toBe("Nov 23, 2026");
  });
});
