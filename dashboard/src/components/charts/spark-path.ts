// The outline of a sparkline. Pure.
import type { Values } from "./series";

type Point = { x: number; y: number };
const margin = 2;

/** Runs of values without a gap, from zero to their greatest, in the units of the box. */
function runs(values: Values, width: number, height: number): Point[][] {
  const most = Math.max(0, ...values.map((value) => value ?? 0));
  const dx = values.length > 1 ? width / (values.length - 1) : 0;
  const found: Point[][] = [];
  let open = false;
  values.forEach((value, i) => {
    if (value === null) {
      open = false;
      return;
    }
    const y = most === 0 ? height - margin : height - margin - (value / most) * (height - 2 * margin);
    const point = { x: round(i * dx), y: round(y) };
    if (open) found.at(-1)?.push(point);
    else found.push([point]);
    open = true;
  });
  return found;
}

const round = (value: number) => Math.round(value * 100) / 100;
const drawn = (points: readonly Point[]) => points.map(({ x, y }, i) => `${i === 0 ? "M" : "L"}${x} ${y}`).join("");

export function sparkLine(values: Values, width: number, height: number): string {
  // A point alone is a line of no length, whose round ends show.
  return runs(values, width, height)
    .map((run) => (run.length === 1 ? `${drawn(run)}h0` : drawn(run)))
    .join("");
}

export function sparkArea(values: Values, width: number, height: number): string {
  return runs(values, width, height)
    .filter((run) => run.length > 1)
    .map((run) => `${drawn(run)}V${height}H${run[0]?.x ?? 0}Z`)
    .join("");
}
