// The span of time a page looks at, as it stands in the URL.
export const presets = ["15m", "1h", "6h", "24h", "7d", "30d"] as const;
export type Preset = (typeof presets)[number];
export type Range = { since: number; until: number | "now"; preset?: Preset };
export type RangeSearch = { range?: Preset; since?: number; until?: number };

export const presetMs: Record<Preset, number> = {
  "15m": 900_000,
  "1h": 3_600_000,
  "6h": 21_600_000,
  "24h": 86_400_000,
  "7d": 604_800_000,
  "30d": 2_592_000_000,
};

const moment = (value: unknown): number | undefined => {
  const number = typeof value === "string" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) && number > 0 ? Math.floor(number) : undefined;
};

/** Of raw search parameters; what is unknown or bad is left out. */
export function parseRangeSearch(raw: Record<string, unknown>): RangeSearch {
  const since = moment(raw.since);
  const until = moment(raw.until);
  if (since !== undefined && (until === undefined || until > since)) return until === undefined ? { since } : { since, until };
  const preset = presets.find((one) => one === raw.range);
  return preset ? { range: preset } : {};
}

/** `since` of a preset is rounded down to ten seconds, so that what is asked for stays the same between two renders. */
export function rangeOf(search: RangeSearch, fallback: Preset, nowMs: number): Range {
  if (search.since !== undefined) return { since: search.since, until: search.until ?? "now" };
  const preset = search.range ?? fallback;
  return { since: Math.floor((nowMs - presetMs[preset]) / 10_000) * 10_000, until: "now", preset };
}

export function searchOf(range: Range | Preset): RangeSearch {
  if (typeof range === "string") return { range, since: undefined, until: undefined };
  if (range.preset) return searchOf(range.preset);
  return { range: undefined, since: Math.floor(range.since), until: range.until === "now" ? undefined : Math.floor(range.until) };
}
