import { type ChartColor, cssColor } from "./chart-colors";
import { arcsOf } from "./donut";

export type DonutPart = { key: string; label: string; value: number; color: ChartColor };
type Props = {
  label: string;
  parts: readonly DonutPart[];
  /** In the middle: the figure, and what it counts. */
  total: string;
  unit: string;
};

const radius = 42;
const around = 2 * Math.PI * radius;

/** Shares of a whole. A picture only: put a table with the same figures beside it. */
export function ShareDonut({ label, parts, total, unit }: Props) {
  const arcs = arcsOf(parts.map((part) => part.value));
  return (
    <svg role="img" aria-label={label} viewBox="0 0 100 100" className="size-36 shrink-0">
      <circle cx="50" cy="50" r={radius} fill="none" stroke="var(--muted)" strokeWidth="11" />
      <g transform="rotate(-90 50 50)">
        {parts.map((part, i) => {
          const arc = arcs[i];
          if (!arc || arc.length === 0) return null;
          return (
            <circle
              key={part.key}
              cx="50"
              cy="50"
              r={radius}
              fill="none"
              stroke={cssColor(part.color)}
              strokeWidth="11"
              strokeDasharray={`${arc.length * around} ${around}`}
              strokeDashoffset={-arc.start * around}
            />
          );
        })}
      </g>
      <text x="50" y="51" textAnchor="middle" className="fill-foreground font-semibold text-[15px] tabular-nums">{total}</text>
      <text x="50" y="62" textAnchor="middle" className="fill-muted-foreground text-[7.5px]">{unit}</text>
    </svg>
  );
}
