import { describe, expect, it } from "vitest";
import { type ChartData, dragged, isEmpty, isolated, panned, stacked, stepsOf, toCsv, zoomed } from "./series";

const minute = 60_000;

describe("stepsOf", () => {
  it("begins with the step that holds the beginning", () => {
    expect(stepsOf(90_000, 250_000, minute)).toEqual([60_000, 120_000, 180_000, 240_000]);
  });
  it("falls in line with an anchor", () => {
    expect(stepsOf(90_000, 200_000, minute, 10_000)).toEqual([70_000, 130_000, 190_000]);
  });
  it("has none without a step or a span", () => {
    expect(stepsOf(0, 100, 0)).toEqual([]);
    expect(stepsOf(100, 100, 10)).toEqual([]);
  });
  it("stays bounded", () => {
    expect(stepsOf(0, 1e12, 1).length).toBe(2_000);
  });
});

describe("stacked", () => {
  it("adds each series to those below it", () => {
    expect(stacked([[1, 2], [10, 20], [100, null]])).toEqual([[1, 2], [11, 22], [111, 22]]);
  });
  it("leaves a step empty that is empty everywhere", () => {
    expect(stacked([[null], [null]])).toEqual([[null], [null]]);
  });
  it("does not take a missing lower value for a missing sum", () => {
    expect(stacked([[null], [3]])).toEqual([[null], [3]]);
  });
});

describe("isolated", () => {
  it("finds values without a neighbour, at the ends too", () => {
    expect(isolated([1, null, 2, null, 3, 4])).toEqual([0, 2]);
    expect(isolated([1])).toEqual([0]);
    expect(isolated([])).toEqual([]);
  });
});

const data = (labels: string[], values: (number | null)[][]): ChartData => ({
  since: 0,
  until: 2 * minute,
  stepMs: minute,
  times: [0, minute],
  series: labels.map((label, i) => ({ key: label, label, color: "chart-1", values: values[i] ?? [] })),
});

describe("toCsv", () => {
  it("writes times in UTC and nothing for what is unknown", () => {
    expect(toCsv(data(["p50", "p99"], [[1.5, null], [3, 4]]), "Time")).toBe(
      "Time,p50,p99\r\n1970-01-01T00:00:00.000Z,1.5,3\r\n1970-01-01T00:01:00.000Z,,4\r\n",
    );
  });
  it("quotes labels and defuses formulas", () => {
    const header = toCsv(data(['=cmd|"x"', "a,b"], [[], []]), "Time").split("\r\n")[0];
    expect(header).toBe(`Time,"'=cmd|""x""","a,b"`);
  });
});

describe("isEmpty", () => {
  it("is empty with nothing but zero and null", () => {
    expect(isEmpty(data(["a"], [[0, null]]))).toBe(true);
    expect(isEmpty(data(["a"], [[0, 1]]))).toBe(false);
  });
});

describe("zooming", () => {
  const hour = 60 * minute;
  const span = { since: 10 * hour, until: 12 * hour };
  it("halves around the middle", () => {
    expect(zoomed(span, 0.5, 100 * hour)).toEqual({ since: 10.5 * hour, until: 11.5 * hour });
  });
  it("does not reach into the future", () => {
    expect(zoomed(span, 2, 12 * hour)).toEqual({ since: 8 * hour, until: 12 * hour });
    expect(panned(span, 0.5, 12 * hour)).toEqual(span);
  });
  it("does not become narrower than five minutes", () => {
    const tiny = zoomed({ since: 10 * hour, until: 10 * hour + minute }, 0.5, 100 * hour);
    expect(tiny.until - tiny.since).toBe(5 * minute);
  });
  it("moves back by half", () => {
    expect(panned(span, -0.5, 100 * hour)).toEqual({ since: 9 * hour, until: 11 * hour });
  });
  it("takes a drag from either side", () => {
    expect(dragged(12 * hour, 10 * hour, 100 * hour)).toEqual(span);
  });
});
