import { useTranslation } from "react-i18next";
import { cn } from "@/lib/utils";
import { SeriesMark } from "./series-mark";
import type { ChartSeries } from "./series";

type Props = { series: readonly ChartSeries[]; hidden: readonly string[]; lines: boolean; onToggle: (key: string) => void };

export function ChartLegend({ series, hidden, lines, onToggle }: Props) {
  const { t } = useTranslation("common");
  return (
    <fieldset aria-label={t("charts.legend")} className="flex min-w-0 flex-wrap gap-1">
      {series.map((one) => {
        const shown = !hidden.includes(one.key);
        return (
          <button
            key={one.key}
            type="button"
            aria-pressed={shown}
            onClick={() => onToggle(one.key)}
            className={cn(
              "focus-ring inline-flex h-7 items-center gap-1.5 rounded-md px-2 text-xs hover:bg-accent hover:text-accent-foreground",
              !shown && "text-muted-foreground line-through",
            )}
          >
            <SeriesMark color={shown ? one.color : "muted-foreground"} dash={lines ? (one.dash ?? "solid") : undefined} />
            {one.label}
          </button>
        );
      })}
    </fieldset>
  );
}
