// Colours of charts: names of theme tokens, never values. What they are on screen is known only to the browser.
export const chartColors = {
  one: "--chart-1",
  two: "--chart-2",
  three: "--chart-3",
  four: "--chart-4",
  five: "--chart-5",
  success: "--success",
  warning: "--warning",
  destructive: "--destructive",
  muted: "--muted-foreground",
} as const;
export type ChartColor = keyof typeof chartColors;

const inOrder: readonly ChartColor[] = ["one", "two", "three", "four", "five"];

/** The fixed order of the palette; what comes after it is muted. */
export function colorAt(index: number): ChartColor {
  return inOrder[index] ?? "muted";
}

export function cssColor(color: ChartColor): string {
  return `var(${chartColors[color]})`;
}

/** What a canvas understands of a CSS colour: variables followed, in the theme of `host`. */
export function resolveColor(host: HTMLElement, css: string): string {
  const probe = document.createElement("span");
  probe.style.color = css;
  probe.hidden = true;
  host.append(probe);
  const resolved = getComputedStyle(probe).color;
  probe.remove();
  return resolved;
}

/** Calls back after the theme has changed. */
export function watchTheme(changed: () => void): () => void {
  const observer = new MutationObserver(changed);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["class", "data-theme"] });
  return () => observer.disconnect();
}
