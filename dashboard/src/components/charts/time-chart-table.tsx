import { useTranslation } from "react-i18next";
import { usePreferences } from "@/hooks/use-preferences";
import type { ChartData } from "./series";
import { stepLabel } from "./time-axis";

type Props = { label: string; data: ChartData; formatValue: (value: number) => string; height: number };

/** The chart in figures, newest first; steps in which nothing happened are left out. */
export function TimeChartTable({ label, data, formatValue, height }: Props) {
  const { t } = useTranslation("common");
  const zone = usePreferences();
  const rows = data.times
    .map((at, index) => ({ at, values: data.series.map((one) => one.values[index] ?? null) }))
    .filter((row) => row.values.some((value) => value !== null && value !== 0))
    .reverse();
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reached by keyboard
    <section aria-label={label} tabIndex={0} className="focus-ring overflow-auto rounded-md border" style={{ height }}>
      <table className="w-full text-sm">
        <caption className="sr-only">{label}</caption>
        <thead className="sticky top-0 bg-card text-muted-foreground text-xs">
          <tr>
            <th scope="col" className="px-3 py-2 text-left font-medium">{t("charts.time")}</th>
            {data.series.map((one) => (
              <th key={one.key} scope="col" className="px-3 py-2 text-right font-medium">{one.label}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.at} className="border-t">
              <th scope="row" className="whitespace-nowrap px-3 py-1.5 text-left font-normal">{stepLabel(row.at, data.stepMs, zone)}</th>
              {row.values.map((value, i) => (
                <td key={data.series[i]?.key} className="px-3 py-1.5 text-right tabular-nums">{value === null ? "–" : formatValue(value)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
