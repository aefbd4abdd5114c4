// What the charts draw, and the arithmetic around it. Pure.
import type { ChartColor } from "./chart-colors";

export type Values = readonly (number | null)[];
export type Dash = "solid" | "dashed" | "dotted";
export type ChartSeries = {
  key: string;
  label: string;
  color: ChartColor;
  /** One for each time; null: there is nothing to show. */
  values: Values;
  /** Tells lines apart without their colour. */
  dash?: Dash;
};
export type ChartData = {
  /** Milliseconds since 1970: the span on show. */
  since: number;
  until: number;
  stepMs: number;
  /** Where each step begins. */
  times: readonly number[];
  series: readonly ChartSeries[];
};
export type ChartBand = { from: number; to: number; color: ChartColor; label: string };

const mostSteps = 2_000;

/** The beginnings of all steps of a span, in line with `anchor`, which is one of them. */
export function stepsOf(since: number, until: number, stepMs: number, anchor = 0): number[] {
  if (stepMs <= 0 || until <= since) return [];
  const offset = ((anchor % stepMs) + stepMs) % stepMs;
  const first = Math.floor((since - offset) / stepMs) * stepMs + offset;
  const times: number[] = [];
  for (let at = first; at < until && times.length < mostSteps; at += stepMs) times.push(at);
  return times;
}

/** The series on top of each other, the first at the bottom; a step where all are null stays null. */
export function stacked(series: readonly Values[]): (number | null)[][] {
  const tops: (number | null)[] = [];
  return series.map((values) =>
    values.map((value, i) => {
      const below = tops[i] ?? null;
      const top = value === null ? below : (below ?? 0) + value;
      tops[i] = top;
      return top;
    }),
  );
}

/** Steps with a value whose neighbours have none: no line leads there. */
export function isolated(values: Values): number[] {
  const alone: number[] = [];
  values.forEach((value, i) => {
    const before = values[i - 1] ?? null;
    const after = values[i + 1] ?? null;
    if (value !== null && before === null && after === null) alone.push(i);
  });
  return alone;
}

export function isEmpty(data: ChartData): boolean {
  return data.series.every((one) => one.values.every((value) => value === null || value === 0));
}

// A cell that begins like a formula would be one in a spreadsheet.
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** RFC 4180; times in ISO 8601 and UTC, values as they are, nothing where nothing is known. */
export function toCsv(data: ChartData, timeHeader: string): string {
  const rows = [[timeHeader, ...data.series.map((one) => one.label)].map(cell).join(",")];
  data.times.forEach((at, i) => {
    const values = data.series.map((one) => {
      const value = one.values[i] ?? null;
      return value === null ? "" : String(value);
    });
    rows.push([new Date(at).toISOString(), ...values].join(","));
  });
  return `${rows.join("\r\n")}\r\n`;
}

export type Span = { since: number; until: number };
const narrowest = 5 * 60_000;
const widest = 366 * 86_400_000;

function within(since: number, length: number, now: number): Span {
  const until = Math.min(since + length, now);
  return { since: Math.round(until - length), until: Math.round(until) };
}

/** A span `factor` times as long around the same middle, not reaching into the future. */
export function zoomed(span: Span, factor: number, now: number): Span {
  const length = Math.min(widest, Math.max(narrowest, (span.until - span.since) * factor));
  return within((span.since + span.until) / 2 - length / 2, length, now);
}

/** The span moved by `share` of its length. */
export function panned(span: Span, share: number, now: number): Span {
  const length = span.until - span.since;
  return within(span.since + length * share, length, now);
}

/** What was dragged over, from any side, made wide enough to show something. */
export function dragged(from: number, to: number, now: number): Span {
  const span = { since: Math.min(from, to), until: Math.max(from, to) };
  return zoomed(span, 1, now);
}
