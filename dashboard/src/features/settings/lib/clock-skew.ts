/** How far the server's clock is ahead of this one, its answer taken to be made halfway between question and receipt. */
export function clockSkew(serverMs: number, askedMs: number, answeredMs: number): { aheadMs: number; uncertainMs: number } {
  const middle = (askedMs + answeredMs) / 2;
  return { aheadMs: Math.round(serverMs - middle), uncertainMs: Math.ceil((answeredMs - askedMs) / 2) };
}

export type SkewWord = "same" | "ahead" | "behind";

/** Two seconds are what times in the log may be off by without anybody wondering. */
export function skewWord({ aheadMs, uncertainMs }: { aheadMs: number; uncertainMs: number }): SkewWord {
  if (Math.abs(aheadMs) <= Math.max(2_000, uncertainMs)) return "same";
  return aheadMs > 0 ? "ahead" : "behind";
}
