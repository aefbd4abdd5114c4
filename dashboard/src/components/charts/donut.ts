// The arcs of a ring. Pure.
export type Arc = { start: number; length: number };

const gap = 0.006;

/** Where each value begins and how long it is, as shares of the ring; a small gap between two, nothing for what is not there. */
export function arcsOf(values: readonly number[]): Arc[] {
  const known = values.map((value) => (Number.isFinite(value) && value > 0 ? value : 0));
  const sum = known.reduce((a, b) => a + b, 0);
  const parts = known.filter((value) => value > 0).length;
  let start = 0;
  return known.map((value) => {
    const share = sum === 0 ? 0 : value / sum;
    const arc = { start, length: parts > 1 ? Math.max(0, share - gap) : share };
    start += share;
    return arc;
  });
}
