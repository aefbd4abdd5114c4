import { type ChartColor, cssColor } from "./chart-colors";
import type { Dash } from "./series";

const dashes: Record<Dash, string | undefined> = { solid: undefined, dashed: "5 3", dotted: "1.5 2.5" };

/** A bit of the line, or with no dash given the colour as a square. */
export function SeriesMark({ color, dash }: { color: ChartColor; dash?: Dash | undefined }) {
  return (
    <svg aria-hidden width="16" height="10" viewBox="0 0 16 10" className="shrink-0" style={{ color: cssColor(color) }}>
      {dash ? (
        <line x1="0" x2="16" y1="5" y2="5" stroke="currentColor" strokeWidth="2.5" strokeDasharray={dashes[dash]} />
      ) : (
        <rect x="3" width="10" height="10" rx="2.5" fill="currentColor" />
      )}
    </svg>
  );
}
