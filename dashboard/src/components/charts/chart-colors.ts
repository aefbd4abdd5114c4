// Colours of charts: names of theme tokens, never values. What they are on screen is known only to the browser.
const palette = ["chart-1", "chart-2", "chart-3", "chart-4", "chart-5", "chart-6", "chart-7", "chart-8"] as const;
const meanings = ["good", "warn", "bad", "info", "t1", "t2", "t3", "muted-foreground"] as const;
export type ChartColor = (typeof palette)[number] | (typeof meanings)[number];

/** The palette in its fixed order; what comes after it is grey. */
export function colorAt(index: number): ChartColor {
  return palette[index] ?? "muted-foreground";
}

export function cssColor(color: ChartColor): string {
  return `var(--${color})`;
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
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["class"] });
  return () => observer.disconnect();
}
