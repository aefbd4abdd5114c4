import { lazy, Suspense, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Skeleton } from "@/components/ui/skeleton";
import { ChartLegend } from "./chart-legend";
import { ChartToolbar } from "./chart-toolbar";
import type { PlotForm } from "./plot";
import { type ChartBand, type ChartData, dragged, isEmpty, type Span } from "./series";
import { TimeChartTable } from "./time-chart-table";

const TimePlot = lazy(() => import("./time-plot").then((module) => ({ default: module.TimePlot })));

export type ChartZoom = {
  /** Another span is wanted; one that ends "now" goes on with the clock. */
  onSpan: (span: Span, reachesNow: boolean) => void;
  /** Present while there is something to go back to. */
  onReset?: () => void;
};
type Props = {
  /** Names the chart for those who do not see it, and its file. */
  label: string;
  data: ChartData;
  form?: PlotForm;
  formatValue: (value: number) => string;
  bands?: readonly ChartBand[];
  zoom?: ChartZoom;
  height?: number;
};

const noBands: readonly ChartBand[] = [];

/** Values over time: drawn or as a table, with a legend that hides series, zoom by dragging or by buttons, and a file to take away. */
export function TimeChart({ label, data, form = "lines", formatValue, bands = noBands, zoom, height = 240 }: Props) {
  const { t } = useTranslation("common");
  const [hidden, setHidden] = useState<readonly string[]>([]);
  const [asTable, setAsTable] = useState(false);
  const shown = useMemo(() => ({ ...data, series: data.series.filter((one) => !hidden.includes(one.key)) }), [data, hidden]);
  const empty = isEmpty(data);
  const onSpan = zoom?.onSpan;
  const onDrag = useMemo(() => {
    if (!onSpan) return undefined;
    return (from: number, to: number) => {
      const now = Date.now();
      const span = dragged(from, to, now);
      onSpan(span, span.until >= now);
    };
  }, [onSpan]);
  const toggle = (key: string) =>
    setHidden((before) => (before.includes(key) ? before.filter((one) => one !== key) : [...before, key]));

  return (
    <figure className="m-0 flex min-w-0 flex-col gap-2">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <ChartLegend series={data.series} hidden={hidden} lines={form === "lines"} onToggle={toggle} />
        <ChartToolbar label={label} data={shown} asTable={asTable} onAsTable={setAsTable} {...(zoom ? { zoom } : {})} />
      </div>
      {asTable ? (
        <TimeChartTable label={label} data={shown} formatValue={formatValue} height={height} />
      ) : empty ? (
        <p className="flex items-center justify-center rounded-md border border-dashed text-muted-foreground text-sm" style={{ height }}>
          {t("charts.nothing")}
        </p>
      ) : (
        <Suspense fallback={<Skeleton className="w-full" style={{ height }} />}>
          <TimePlot
            label={label}
            data={shown}
            form={form}
            formatValue={formatValue}
            bands={bands}
            height={height}
            {...(onDrag ? { onDrag } : {})}
          />
        </Suspense>
      )}
    </figure>
  );
}
