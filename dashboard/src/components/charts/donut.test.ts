import { expect, it } from "vitest";
import { arcsOf } from "./donut";

it("gives each value its share, one after the other", () => {
  const [a, b] = arcsOf([1, 3]);
  expect(a?.start).toBe(0);
  expect(a?.length).toBeCloseTo(0.244);
  expect(b?.start).toBe(0.25);
  expect(b?.length).toBeCloseTo(0.744);
});
it("closes the ring around a value that is alone", () => {
  expect(arcsOf([0, 7])).toEqual([{ start: 0, length: 0 }, { start: 0, length: 1 }]);
});
it("is no ring of nothing, and takes what is no number for nothing", () => {
  expect(arcsOf([0, -1, Number.NaN])).toEqual([{ start: 0, length: 0 }, { start: 0, length: 0 }, { start: 0, length: 0 }]);
});
