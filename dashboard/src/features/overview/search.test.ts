import { expect, it } from "vitest";
import { parseSearch } from "./search";

it("reads range and limits", () => {
  expect(parseSearch({ range: "24h", good: "2000", slow: 9000, other: "x" })).toEqual({ range: "24h", good: 2000, slow: 9000 });
});
it("leaves out what is bad", () => {
  expect(parseSearch({ range: "forever", good: "-1", slow: {}, since: "x" })).toEqual({});
});
