// Which columns the table has, and how a browser remembers what was made of them.
export const columnIds = [
  "time",
  "status",
  "tier",
  "model",
  "preview",
  "duration",
  "tokens",
  "cost",
  "retries",
  "firstByte",
  "speed",
  "key",
  "instance",
] as const;
export type ColumnId = (typeof columnIds)[number];

export const defaultWidths: Record<ColumnId, number> = {
  time: 106,
  status: 76,
  tier: 56,
  model: 190,
  preview: 180,
  duration: 80,
  tokens: 112,
  cost: 84,
  retries: 62,
  firstByte: 80,
  speed: 88,
  key: 104,
  instance: 130,
};
export const minWidth = 56;
export const maxWidth = 900;
const hiddenAtFirst: ColumnId[] = ["instance"];

export type ColumnPreferences = { hidden: ColumnId[]; widths: Partial<Record<ColumnId, number>> };
const storageKey = "smartroute.logs.columns";
export const defaultColumns: ColumnPreferences = { hidden: hiddenAtFirst, widths: {} };

export function readColumns(text: string | null): ColumnPreferences {
  try {
    const value: unknown = JSON.parse(text ?? "");
    if (typeof value !== "object" || value === null) return defaultColumns;
    const { hidden, widths } = value as { hidden?: unknown; widths?: unknown };
    const kept: ColumnPreferences = { hidden: [], widths: {} };
    const given: Record<string, unknown> = typeof widths === "object" && widths !== null ? (widths as Record<string, unknown>) : {};
    for (const id of columnIds) {
      if (Array.isArray(hidden) && hidden.includes(id) && id !== "time") kept.hidden.push(id);
      const width = given[id];
      if (typeof width === "number" && width >= minWidth && width <= maxWidth) kept.widths[id] = Math.round(width);
    }
    return kept;
  } catch {
    return defaultColumns;
  }
}

export function loadColumns(): ColumnPreferences {
  try {
    return readColumns(localStorage.getItem(storageKey));
  } catch {
    return defaultColumns;
  }
}

export function saveColumns(preferences: ColumnPreferences): void {
  try {
    localStorage.setItem(storageKey, JSON.stringify(preferences));
  } catch {
    // A browser that keeps nothing: the choice holds for this page.
  }
}
