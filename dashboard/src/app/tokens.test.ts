// Colours of styles.css, measured: text on each surface it is used on, in both themes.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const css = readFileSync("src/app/styles.css", "utf8");

type Tokens = Map<string, [number, number, number]>;
function tokens(selector: string): Tokens {
  const block = css.slice(css.indexOf(`\n${selector} {`)).split("\n}")[0] ?? "";
  return new Map(
    [...block.matchAll(/--([\w-]+): oklch\(([\d.]+) ([\d.]+) ([\d.]+)\);/g)].map(([, name, l, c, h]) => [name ?? "", [Number(l), Number(c), Number(h)]]),
  );
}

/** Relative luminance of a colour in OKLCH, as WCAG has it; what lies outside of sRGB is cut as browsers show it. */
function luminance([l, c, h]: [number, number, number]): number {
  const a = c * Math.cos((h * Math.PI) / 180);
  const b = c * Math.sin((h * Math.PI) / 180);
  const long = (l + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const middle = (l - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const short = (l - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const clip = (value: number) => Math.min(1, Math.max(0, value));
  const red = clip(4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short);
  const green = clip(-1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short);
  const blue = clip(-0.0041960863 * long - 0.7034186147 * middle + 1.707614701 * short);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(all: Tokens, one: string, other: string): number {
  const [first, second] = [one, other].map((name) => luminance(all.get(name) ?? expect.fail(`no --${name}`)));
  const [low = 0, high = 0] = [first ?? 0, second ?? 0].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

const surfaces = ["background", "card", "popover", "muted"];
const texts: [string, string[]][] = [
  ["foreground", [...surfaces, "secondary", "accent", "sidebar", "good-soft", "warn-soft", "bad-soft", "info-soft"]],
  ["muted-foreground", [...surfaces, "secondary", "sidebar"]],
  ["primary", surfaces],
  ["primary-foreground", ["primary"]],
  ["secondary-foreground", ["secondary"]],
  ["accent-foreground", ["accent"]],
  ["destructive-foreground", ["destructive"]],
  ["sidebar-foreground", ["sidebar"]],
  ...["good", "warn", "bad", "info", "t1", "t2", "t3"].map((name): [string, string[]] => [name, [...surfaces, `${name}-soft`]]),
  ["chart-axis", ["card"]],
];

describe.each([":root", ".dark"])("colours of %s", (selector) => {
  const all = new Map([...tokens(":root"), ...tokens(selector)]);
  it.each(texts)("show --%s clearly as text", (name, on) => {
    for (const surface of on) expect(contrast(all, name, surface), surface).toBeGreaterThanOrEqual(4.5);
  });
  it("show borders of fields, focus and charts clearly enough", () => {
    for (const name of ["input", "ring", ...Array.from({ length: 8 }, (_, i) => `chart-${i + 1}`)]) {
      expect(contrast(all, name, "card"), name).toBeGreaterThanOrEqual(name.startsWith("chart") ? 2.5 : 3);
    }
  });
});
