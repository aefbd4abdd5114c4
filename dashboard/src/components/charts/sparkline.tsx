import { type ChartColor, cssColor } from "./chart-colors";
import type { Values } from "./series";
import { sparkArea, sparkLine } from "./spark-path";

const width = 120;
const height = 28;

/** A trend at a glance, beside the figure that says the same in words. */
export function Sparkline({ values, color = "chart-1" }: { values: Values; color?: ChartColor }) {
  return (
    <svg aria-hidden viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" className="h-7 w-full" style={{ color: cssColor(color) }}>
      <path d={sparkArea(values, width, height)} fill="currentColor" opacity="0.12" />
      <path
        d={sparkLine(values, width, height)}
        fill="none"
        stroke="currentColor"
        strokeWidth="1.5"
        strokeLinejoin="round"
        strokeLinecap="round"
        vectorEffect="non-scaling-stroke"
      />
    </svg>
  );
}
