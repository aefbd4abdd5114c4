import { useEffect, useRef, useState } from "react";
import type uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import "./time-plot.css";
import { usePreferences } from "@/hooks/use-preferences";
import { watchTheme } from "./chart-colors";
import { ChartTooltip } from "./chart-tooltip";
import { type Cursor, createPlot, type PlotForm, type PlotSetup, updatePlot } from "./plot";
import type { ChartBand, ChartData } from "./series";

type Props = {
  label: string;
  data: ChartData;
  form: PlotForm;
  formatValue: (value: number) => string;
  bands: readonly ChartBand[];
  height: number;
  onDrag?: (from: number, to: number) => void;
};

/** The canvas. A module of its own, so that uPlot is loaded when there is something to draw. */
export function TimePlot({ label, data, form, formatValue, bands, height, onDrag }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const [cursor, setCursor] = useState<Cursor | null>(null);
  const { language, timeZone } = usePreferences();

  const latest = useRef(data);
  const drawn = useRef<{ plot: uPlot; setup: PlotSetup } | null>(null);
  const shape = data.series.map((one) => `${one.key} ${one.label} ${one.color}`).join("\n");

  // A plot is made for series of one shape; newer values of theirs go into the plot that is there.
  useEffect(() => {
    const element = host.current;
    if (!element || shape === "") return;
    const setup: PlotSetup = {
      form,
      data: latest.current,
      bands,
      formatValue,
      zone: { language, timeZone },
      size: { width: Math.max(120, element.clientWidth), height },
      onCursor: setCursor,
      ...(onDrag ? { onDrag } : {}),
    };
    const plot = createPlot(element, setup);
    drawn.current = { plot, setup };
    const resize = new ResizeObserver(() => {
      if (element.clientWidth > 0 && element.clientWidth !== plot.width) plot.setSize({ width: element.clientWidth, height });
    });
    resize.observe(element);
    const unwatch = watchTheme(() => plot.redraw(false));
    return () => {
      drawn.current = null;
      unwatch();
      resize.disconnect();
      plot.destroy();
      setCursor(null);
    };
  }, [shape, form, bands, formatValue, language, timeZone, height, onDrag]);

  useEffect(() => {
    latest.current = data;
    const now = drawn.current;
    if (now && now.setup.data !== data) updatePlot(now.plot, now.setup, data);
  }, [data]);

  return (
    <div className="relative" style={{ height }}>
      {/* oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- what is drawn lies inside */}
      <div ref={host} role="img" aria-label={label} className="time-plot h-full w-full overflow-hidden" />
      {cursor && <ChartTooltip data={data} cursor={cursor} formatValue={formatValue} />}
    </div>
  );
}
