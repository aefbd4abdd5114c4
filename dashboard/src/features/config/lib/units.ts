// Values as people type them in a configuration: "5s", "10 GiB".

const MILLIS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** Milliseconds of "500ms", "5s", "1.5m", "2h"; undefined if the text is no duration. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text.trim());
  if (!match) return undefined;
  const millis = Number(match[1]) * (MILLIS[match[2] ?? ""] ?? 0);
  return Math.abs(millis - Math.round(millis)) < 1e-6 ? Math.round(millis) : undefined;
}

export function formatDuration(millis: number): string {
  if (millis === 0) return "0s";
  for (const unit of ["h", "m", "s"]) {
    const size = MILLIS[unit] ?? 1;
    if (millis % size === 0) return `${millis / size}${unit}`;
  }
  return `${millis}ms`;
}

const BYTES = ["B", "KiB", "MiB", "GiB", "TiB"] as const;

/** A number of bytes from "1048576", "1 MiB", "1.5GiB" or "10 MB"; undefined if the text is none. */
export function parseBytes(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim());
  if (!match) return undefined;
  const unit = (match[2] ?? "").toLowerCase();
  const binary = BYTES.findIndex((name) => name.toLowerCase() === (unit || "b") || (name !== "B" && name[0]?.toLowerCase() === unit));
  const decimal = ["b", "kb", "mb", "gb", "tb"].indexOf(unit || "b");
  const size = binary >= 0 ? 1024 ** binary : decimal >= 0 ? 1000 ** decimal : undefined;
  if (size === undefined) return undefined;
  const bytes = Number(match[1]) * size;
  return Number.isSafeInteger(Math.round(bytes)) && Math.abs(bytes - Math.round(bytes)) < 1e-6 ? Math.round(bytes) : undefined;
}

/** The largest unit that says it exactly. */
export function formatBytes(bytes: number): string {
  let unit = 0;
  let size = bytes;
  while (size >= 1024 && size % 1024 === 0 && unit < BYTES.length - 1) {
    size /= 1024;
    unit += 1;
  }
  return `${size} ${BYTES[unit] ?? "B"}`;
}

export function parseNumber(text: string, whole: boolean): number | undefined {
  const trimmed = text.trim().replaceAll(/[\s_,]/g, "");
  if (!/^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i.test(trimmed)) return undefined;
  const value = Number(trimmed);
  if (!Number.isFinite(value)) return undefined;
  return whole && !Number.isSafeInteger(value) ? undefined : value;
}
