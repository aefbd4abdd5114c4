// Sets up uPlot. All it draws with comes from the theme's tokens, resolved anew at each drawing.
import uPlot from "uplot";
import { type ChartColor, cssColor, resolveColor } from "./chart-colors";
import { type ChartBand, type ChartData, isolated, stacked, type Values } from "./series";
import { type AxisZone, tickLabels } from "./time-axis";

export type PlotForm = "lines" | "stacked-bars";
export type Cursor = { index: number; x: number; width: number };
export type PlotSetup = {
  form: PlotForm;
  /** Replaced by updatePlot(). */
  data: ChartData;
  bands: readonly ChartBand[];
  zone: AxisZone;
  formatValue: (value: number) => string;
  size: { width: number; height: number };
  onCursor: (cursor: Cursor | null) => void;
  onDrag?: (from: number, to: number) => void;
};

const dashes = { solid: [], dashed: [7, 4], dotted: [2, 3] };
const dragged = 8;

/** Bars lie on top of each other: drawn from the tallest down, each hides all of the one before but its own part. */
export function plotData(data: ChartData, form: PlotForm): uPlot.AlignedData {
  const values: Values[] = data.series.map((one) => one.values);
  const drawn = form === "stacked-bars" ? stacked(values).reverse() : values;
  return [data.times, ...drawn] as uPlot.AlignedData;
}

function seriesOf(setup: PlotSetup, colorOf: (color: ChartColor) => string): uPlot.Series[] {
  const { form, data } = setup;
  const bars = form === "stacked-bars";
  const drawn = bars ? [...data.series].reverse() : data.series;
  return drawn.map((one) => ({
    label: one.label,
    stroke: () => colorOf(one.color),
    width: bars ? 0 : 1.75,
    ...(bars
      ? { fill: () => colorOf(one.color), paths: uPlot.paths.bars?.({ size: [0.82, 48, 1], align: 1, radius: 0 }), points: { show: false } }
      : {
          dash: dashes[one.dash ?? "solid"],
          points: {
            size: 5,
            fill: () => colorOf(one.color),
            show: () => false,
            filter: (plot: uPlot, index: number) => {
              const alone = isolated((plot.data[index] ?? []) as Values);
              return alone.length > 0 ? alone : null;
            },
          },
        }),
  })) as uPlot.Series[];
}

function drawBands(plot: uPlot, bands: readonly ChartBand[], colorOf: (color: ChartColor) => string): void {
  const { ctx, bbox } = plot;
  const top = plot.scales.y?.max ?? 0;
  ctx.save();
  for (const band of bands) {
    if (band.from >= top) continue;
    const low = plot.valToPos(band.from, "y", true);
    const high = plot.valToPos(Math.min(band.to, top), "y", true);
    ctx.fillStyle = colorOf(band.color);
    ctx.globalAlpha = 0.08;
    ctx.fillRect(bbox.left, high, bbox.width, low - high);
    if (band.from > 0) {
      ctx.globalAlpha = 0.55;
      ctx.fillRect(bbox.left, Math.round(low), bbox.width, Math.max(1, uPlot.pxRatio));
    }
  }
  ctx.restore();
}

function cursorOf(plot: uPlot): Cursor | null {
  const { idx, left } = plot.cursor;
  if (typeof idx !== "number" || left === undefined || left < 0) return null;
  return { index: idx, x: plot.bbox.left / uPlot.pxRatio + left, width: plot.width };
}

export function createPlot(host: HTMLElement, setup: PlotSetup): uPlot {
  const colorOf = (color: ChartColor) => resolveColor(host, cssColor(color));
  const axisColor = () => resolveColor(host, "var(--chart-axis)");
  const gridColor = () => resolveColor(host, "var(--chart-grid)");
  const font = `12px ${getComputedStyle(host).fontFamily}`;
  const { zone, onDrag } = setup;
  const axis = { stroke: axisColor, font, grid: { stroke: gridColor, width: 1 }, ticks: { show: false } };
  const bars = setup.form === "stacked-bars";
  return new uPlot(
    {
      ...setup.size,
      ms: 1,
      legend: { show: false },
      padding: [10, 24, 0, 0],
      ...(zone.timeZone === "utc" ? { tzDate: (at: number) => uPlot.tzDate(new Date(at), "Etc/UTC") } : {}),
      scales: {
        x: { time: true, range: () => spanOf(setup.data) },
        y: { range: (_plot, _min, max) => [0, max > 0 ? max * 1.1 : 1] },
      },
      axes: [
        { ...axis, grid: { show: false }, space: 70, size: 32, values: (_plot, ticks, _axis, _space, increment) => tickLabels(ticks, increment, zone) },
        { ...axis, size: widthOfLabels(), space: 36, values: (_plot, ticks) => ticks.map((tick) => setup.formatValue(tick)) },
      ],
      cursor: {
        y: false,
        points: { show: !bars, size: 7 },
        drag: { x: onDrag !== undefined, y: false, setScale: false, dist: dragged },
        // A bar stands for the step that begins at its left edge.
        ...(bars ? { dataIdx: (_plot: uPlot, _series: number, closest: number, x: number) => ((setup.data.times[closest] ?? 0) > x && closest > 0 ? closest - 1 : closest) } : {}),
      },
      series: [{}, ...seriesOf(setup, colorOf)],
      hooks: {
        drawClear: [(plot) => drawBands(plot, setup.bands, colorOf)],
        setCursor: [(plot) => setup.onCursor(cursorOf(plot))],
        setSelect: [
          (plot) => {
            const { left, width } = plot.select;
            if (width >= dragged) onDrag?.(plot.posToVal(left, "x"), plot.posToVal(left + width, "x"));
            if (width > 0) plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          },
        ],
      },
    },
    plotData(setup.data, setup.form),
    host,
  );
}

/** Shows newer data of the same series; the cursor stays where it is. */
export function updatePlot(plot: uPlot, setup: PlotSetup, data: ChartData): void {
  setup.data = data;
  plot.setData(plotData(data, setup.form));
}

function spanOf(data: ChartData): [number, number] {
  return [Math.min(data.since, data.times[0] ?? data.since), data.until];
}

/** As wide as the widest label. */
function widthOfLabels(): uPlot.Axis.Size {
  let width = 50;
  return (plot, labels, axisIndex, cycle) => {
    // Later cycles only settle what the first one found.
    if (cycle > 1) return width;
    const longest = (labels ?? []).reduce((longer, label) => (label.length > longer.length ? label : longer), "");
    const font = plot.axes[axisIndex]?.font;
    if (typeof font?.[0] === "string") plot.ctx.font = font[0];
    width = Math.ceil(plot.ctx.measureText(longest).width / uPlot.pxRatio) + 16;
    return width;
  };
}
