// What the terminal shows, as it stands in the URL.
export const levels = ["debug", "info", "warn", "error"] as const;
export type Level = (typeof levels)[number];
export const kinds = ["all", "requests", "logs"] as const;
export type Kind = (typeof kinds)[number];

export type TerminalSearch = {
  /** Plain text, or /a regular expression/. */
  q?: string;
  /** Levels with commas; absent: all. */
  level?: string;
  source?: string;
  tier?: string;
  model?: string;
  kind?: Exclude<Kind, "all">;
};

const textOf = (raw: unknown): string | undefined => {
  if (typeof raw === "number" && Number.isFinite(raw)) return String(raw);
  return typeof raw === "string" && raw !== "" ? raw.slice(0, 500) : undefined;
};

export function levelsOf(text: string | undefined): Level[] {
  const given = (text ?? "").split(",");
  return levels.filter((level) => given.includes(level));
}

export function parseSearch(raw: Record<string, unknown>): TerminalSearch {
  const chosen = levelsOf(textOf(raw.level));
  const tier = textOf(raw.tier);
  const found: TerminalSearch = {
    q: textOf(raw.q),
    level: chosen.length === 0 || chosen.length === levels.length ? undefined : chosen.join(","),
    source: textOf(raw.source),
    tier: tier !== undefined && /^t[123]$/.test(tier) ? tier : undefined,
    model: textOf(raw.model),
    kind: raw.kind === "requests" || raw.kind === "logs" ? raw.kind : undefined,
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}
