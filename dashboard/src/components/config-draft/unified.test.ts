import { expect, test } from "vitest";
import { parseUnified } from "./unified";

test("lines of a unified diff keep their numbers in both texts", () => {
  const text = "--- revision 1\n+++ revision 2\n@@ -3,2 +3,2 @@\n a\n-b\n+c\n@@ -9 +9 @@\n-x\n";
  expect(parseUnified(text)).toEqual([
    { kind: "gap", text: "" },
    { kind: "same", text: "a", before: 3, after: 3 },
    { kind: "removed", text: "b", before: 4 },
    { kind: "added", text: "c", after: 4 },
    { kind: "gap", text: "" },
    { kind: "removed", text: "x", before: 9 },
  ]);
  expect(parseUnified("")).toEqual([]);
});
