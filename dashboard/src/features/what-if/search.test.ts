import { expect, it } from "vitest";
import { parseSearch } from "./search";

it("takes what it knows and leaves out the rest", () => {
  expect(parseSearch({ revision: 7, max: "1000", x: 1 })).toEqual({ revision: 7, max: 1000 });
  expect(parseSearch({ revision: "12" })).toEqual({ revision: 12 });
  expect(parseSearch({ revision: "-1", max: 5 })).toEqual({});
  expect(parseSearch({ revision: {}, max: null })).toEqual({});
});
