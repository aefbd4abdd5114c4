import { expect, test } from "vitest";
import { healing, healthOf } from "./healing";
import { unifiedOf } from "./line-diff";

test("two texts as a unified diff, with three lines around each change", () => {
  const before = Array.from({ length: 12 }, (_, i) => `line ${i + 1}`).join("\n");
  expect(unifiedOf(before, before.replace("line 6", "LINE 6"))).toBe("@@ -3 +3 @@\n line 3\n line 4\n line 5\n-line 6\n+LINE 6\n line 7\n line 8\n line 9\n");
  expect(unifiedOf(before, before)).toBe("");
  expect(unifiedOf("", "a\n")).toBe("@@ -1 +1 @@\n+a\n");
});

test("health heals by half a score each half-life", () => {
  const points = healing(10, 60_000, 4);
  expect(points.map((point) => point.ms)).toEqual([0, 60_000, 120_000, 180_000, 240_000]);
  expect(points[0]?.health).toBeCloseTo(1 / 3);
  expect(points[1]?.health).toBeCloseTo(healthOf(5));
});
