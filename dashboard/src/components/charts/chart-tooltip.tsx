import { usePreferences } from "@/hooks/use-preferences";
import type { Cursor } from "./plot";
import { SeriesMark } from "./series-mark";
import type { ChartData } from "./series";
import { stepLabel } from "./time-axis";

type Props = { data: ChartData; cursor: Cursor; formatValue: (value: number) => string };

/** Beside the cursor, on the side with more room. The same values stand in the table view. */
export function ChartTooltip({ data, cursor, formatValue }: Props) {
  const zone = usePreferences();
  const at = data.times[cursor.index];
  if (at === undefined) return null;
  const left = cursor.x < cursor.width / 2;
  return (
    <div
      aria-hidden
      className="pointer-events-none absolute top-2 z-10 min-w-36 rounded-md border bg-popover px-3 py-2 text-popover-foreground text-xs shadow-soft"
      style={left ? { left: cursor.x + 12 } : { right: cursor.width - cursor.x + 12 }}
    >
      <p className="mb-1 font-medium">{stepLabel(at, data.stepMs, zone)}</p>
      {data.series.map((one) => (
        <TooltipRow key={one.key} series={one} value={one.values[cursor.index] ?? null} formatValue={formatValue} />
      ))}
    </div>
  );
}

type RowProps = { series: ChartData["series"][number]; value: number | null; formatValue: (value: number) => string };

function TooltipRow({ series, value, formatValue }: RowProps) {
  return (
    <p className="flex items-center gap-2 py-0.5">
      <SeriesMark color={series.color} dash={series.dash} />
      <span className="text-muted-foreground">{series.label}</span>
      <span className="ml-auto pl-4 font-medium tabular-nums">{value === null ? "–" : formatValue(value)}</span>
    </p>
  );
}
