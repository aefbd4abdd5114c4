// The words under a time axis. Pure.
export type AxisZone = { language: string; timeZone: "local" | "utc" };
const day = 86_400_000;

function formatter({ language, timeZone }: AxisZone, form: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(language, { ...form, hourCycle: "h23", ...(timeZone === "utc" ? { timeZone: "UTC" } : {}) });
}

/** Labels of ticks `increment` apart: the time of the day, and the date where a day begins (or everywhere, from a day on). */
export function tickLabels(ticks: readonly number[], increment: number, zone: AxisZone): string[] {
  const date = formatter(zone, { month: "short", day: "numeric" });
  const time = formatter(zone, increment < 60_000 ? { hour: "2-digit", minute: "2-digit", second: "2-digit" } : { hour: "2-digit", minute: "2-digit" });
  const midnight = increment < 60_000 ? "00:00:00" : "00:00";
  return ticks.map((at) => {
    if (increment >= day) return date.format(at);
    const label = time.format(at);
    return label === midnight ? date.format(at) : label;
  });
}

/** One moment of a chart in words, as exact as its steps are wide. */
export function stepLabel(at: number, stepMs: number, zone: AxisZone): string {
  const whole = stepMs >= day;
  return formatter(zone, {
    month: "short",
    day: "numeric",
    ...(whole ? { year: "numeric" } : { hour: "2-digit", minute: "2-digit" }),
  }).format(at);
}
