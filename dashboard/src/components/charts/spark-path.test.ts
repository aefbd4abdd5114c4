import { describe, expect, it } from "vitest";
import { sparkArea, sparkLine } from "./spark-path";

describe("sparkLine", () => {
  it("reaches from zero to the greatest value", () => {
    expect(sparkLine([0, 10], 100, 24)).toBe("M0 22L100 2");
  });
  it("breaks where nothing is known", () => {
    expect(sparkLine([1, 1, null, 1], 90, 24)).toBe("M0 2L30 2M90 2h0");
  });
  it("lies flat at the bottom when all is zero, and is nothing without values", () => {
    expect(sparkLine([0, 0], 10, 24)).toBe("M0 22L10 22");
    expect(sparkLine([null], 10, 24)).toBe("");
    expect(sparkLine([], 10, 24)).toBe("");
  });
});

describe("sparkArea", () => {
  it("closes each run at the bottom", () => {
    expect(sparkArea([1, 1, null, 1], 90, 24)).toBe("M0 2L30 2V24H0Z");
  });
});
