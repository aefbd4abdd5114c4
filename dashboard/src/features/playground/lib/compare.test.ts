import { describe, expect, it } from "vitest";
import { compareAnswers, difference } from "./compare";

const cost = (first?: bigint, second?: bigint) => difference(compareAnswers({ costNanoUsd: first }, { costNanoUsd: second }).cost);
const time = (first?: number, second?: number) => difference(compareAnswers({ durationMs: first }, { durationMs: second }).time);

describe("the difference of two answers", () => {
  it("is unknown while either is", () => {
    expect(cost(1000n, undefined).key).toBe("unknown");
    expect(time(undefined, 5).key).toBe("unknown");
  });

  it("is a share where the second is less", () => {
    expect(cost(1000n, 180n)).toMatchObject({ key: "less", share: 0.82, by: 820 });
  });

  it("is a factor where it is at least twice as much", () => {
    expect(cost(1000n, 3200n)).toMatchObject({ key: "moreTimes", times: 3.2 });
    expect(cost(1000n, 1500n)).toMatchObject({ key: "more", share: 0.5 });
  });

  it("never divides by nothing", () => {
    expect(cost(0n, 10n).key).toBe("notFree");
    expect(cost(10n, 0n).key).toBe("free");
    expect(cost(0n, 0n).key).toBe("same");
  });

  it("calls times the same that nobody can tell apart", () => {
    expect(time(1000, 1015).key).toBe("same");
    expect(time(1000, 1300)).toMatchObject({ key: "more", by: 300 });
  });
});
