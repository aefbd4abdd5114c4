import { describe, expect, it } from "vitest";
import { createFormat } from "./format";

const en = createFormat({ language: "en", timeZone: "utc", unknown: "unknown" });
const zh = createFormat({ language: "zh-CN", timeZone: "utc", unknown: "未知" });

describe("durations", () => {
  it.each([
    [0, "0 ms"],
    [0.042, "0.04 ms"],
    [3.14159, "3.1 ms"],
    [840, "840 ms"],
    [999.6, "1 s"],
    [1_240, "1.24 s"],
    [12_345, "12.3 s"],
    [59_960, "1 min"],
    [185_000, "3 min 5 s"],
    [7_800_000, "2 h 10 min"],
    [363_600_000, "4 d 5 h"],
    [-1_500, "-1.5 s"],
    [Number.NaN, "–"],
  ])("of %d ms are %s", (ms, text) => {
    expect(en.duration(ms)).toBe(text);
  });
});

describe("costs", () => {
  it.each([
    [undefined, "unknown"],
    [0, "$0"],
    [1_234_560_000_000n, "$1,234.56"],
    [420_000_000, "$0.42"],
    [12_345_000, "$0.012"],
    [123_456, "$0.00012"],
    [7, "$0.000000007"],
    [-2_500_000_000, "-$2.50"],
  ])("of %s billionths are %s", (nano, text) => {
    expect(en.usd(nano)).toBe(text);
  });
  it("that are not known are never zero, in any language", () => {
    expect(zh.usd(undefined)).toBe("未知");
  });
});

describe("counts and shares", () => {
  it("have separators, units and few digits", () => {
    expect(en.number(1234567n)).toBe("1,234,567");
    expect(en.compact(1_250_000)).toBe("1.3M");
    expect(zh.compact(1_250_000)).toBe("125万");
    expect(en.tokens(99_999)).toBe("99,999");
    expect(en.tokens(1_200_000)).toBe("1.2M");
    expect(en.bytes(999)).toBe("999 B");
    expect(en.bytes(1_536_000n)).toBe("1.5 MB");
  });
  it("do not round what nearly is all or nothing to all or nothing", () => {
    expect(en.percent(0.123)).toBe("12.3%");
    expect(en.percent(0.0004)).toBe("0.04%");
    expect(en.percent(0.9991)).toBe("99.91%");
    expect(en.percent(0)).toBe("0%");
    expect(en.percent(1)).toBe("100%");
  });
});

describe("times", () => {
  const at = Date.UTC(2026, 10, 23, 14, 5, 9, 42);
  it("are written in the zone that is asked for", () => {
    expect(en.dateTime(at)).toBe("Nov 23, 2026, 14:05:09");
    expect(en.time(BigInt(at))).toBe("14:05:09");
    expect(en.timeMs(at)).toBe("14:05:09.042");
    expect(zh.dateTime(at)).toMatch(/2026年11月23日.*14:05:09/);
  });
  it.each([
    [0, "now"],
    [-2_000, "2 seconds ago"],
    [-180_000, "3 minutes ago"],
    [-7_200_000, "2 hours ago"],
    [-86_400_000 * 3, "3 days ago"],
    [120_000, "in 2 minutes"],
  ])("%d ms from now are %s", (distance, text) => {
    expect(en.relative(at + distance, at)).toBe(text);
  });
});
