import { expect, it } from "vitest";
import { newAnswer } from "./answer";
import { tokensPerSecond } from "./facts";

const streamed = { ...newAnswer("auto", 0), firstTokenMs: 100, durationMs: 1100, usage: { completion: 50 } };

it("counts from the first token to the last", () => {
  expect(tokensPerSecond(streamed, undefined)).toBe(50);
});

it("takes the gateway's clock where there is a record", () => {
  expect(tokensPerSecond(streamed, { firstByteUs: 1_000_000n, completedUs: 1_500_000n, completionTokens: undefined })).toBe(100);
});

it("says nothing of an answer that came whole", () => {
  expect(tokensPerSecond({ ...streamed, firstTokenMs: undefined }, undefined)).toBeUndefined();
});
