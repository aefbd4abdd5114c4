// What the log page shows, as it stands in the URL: short names, lists with commas.
import { parseRangeSearch, type RangeSearch } from "@/lib/range";

export const tierValues = ["t1", "t2", "t3", "none"] as const;
export const listNames = ["tier", "model", "provider", "key", "status", "error", "ending", "category", "instance"] as const;
export type ListName = (typeof listNames)[number];

export type LogsSearch = RangeSearch & {
  /** Text in preview, request id or error. */
  q?: string;
  /** Request id, exactly. */
  req?: string;
  /** At least so many milliseconds. */
  slow?: number;
  /** At least so many attempts beyond the first. */
  retries?: number;
  stream?: boolean;
  live?: boolean;
  /** The record that is open. */
  record?: string;
} & { [Name in ListName]?: string };

// As the server has it.
const maxValues = 100;
const maxBytes = 256;
const encoder = new TextEncoder();

/** A text that may be sent; longer ones are cut, at a whole character. */
export function clipped(text: string): string {
  if (encoder.encode(text).length <= maxBytes) return text;
  let out = "";
  let bytes = 0;
  for (const letter of text) {
    bytes += encoder.encode(letter).length;
    if (bytes > maxBytes) break;
    out += letter;
  }
  return out;
}

/** Values of a list: divided by commas; a comma of a value is written "\,". */
export function splitList(text: string | undefined): string[] {
  if (!text) return [];
  const values: string[] = [];
  let value = "";
  for (let at = 0; at < text.length; ++at) {
    const letter = text[at];
    if (letter === "\\" && (text[at + 1] === "," || text[at + 1] === "\\")) value += text[++at];
    else if (letter === ",") {
      values.push(value);
      value = "";
    } else value += letter;
  }
  values.push(value);
  return [...new Set(values.filter((one) => one !== "" && encoder.encode(one).length <= maxBytes))].slice(0, maxValues);
}

export function joinList(values: readonly string[]): string | undefined {
  if (values.length === 0) return undefined;
  return values.map((value) => value.replace(/[\\,]/g, "\\$&")).join(",");
}

function textOf(raw: unknown): string | undefined {
  if (typeof raw === "number" && Number.isFinite(raw)) return String(raw);
  if (typeof raw !== "string") return undefined;
  return raw.trim() === "" ? undefined : raw;
}

function listOf(raw: unknown): string | undefined {
  const values = Array.isArray(raw) ? raw.flatMap((one) => textOf(one) ?? []) : splitList(textOf(raw));
  return joinList(values);
}

function countOf(raw: unknown, most: number): number | undefined {
  const value = typeof raw === "string" && raw !== "" ? Number(raw) : raw;
  return typeof value === "number" && Number.isInteger(value) && value > 0 && value <= most ? value : undefined;
}

function flagOf(raw: unknown): boolean | undefined {
  if (raw === true || raw === 1 || raw === "1" || raw === "true") return true;
  return raw === false || raw === 0 || raw === "0" || raw === "false" ? false : undefined;
}

const allowed: Partial<Record<ListName, (value: string) => boolean>> = {
  tier: (value) => tierValues.some((tier) => tier === value),
  status: (value) => value === "0" || /^[1-5](xx|[0-9]{2})$/.test(value),
  category: (value) => value === "chat" || value === "tool",
};

export function parseSearch(raw: Record<string, unknown>): LogsSearch {
  const q = textOf(raw.q);
  const req = textOf(raw.req);
  const found: LogsSearch = {
    ...parseRangeSearch(raw),
    q: q === undefined ? undefined : clipped(q),
    req: req === undefined ? undefined : clipped(req.trim()),
    slow: countOf(raw.slow, 86_400_000),
    retries: countOf(raw.retries, 1_000),
    stream: flagOf(raw.stream),
    live: flagOf(raw.live) || undefined,
    record: textOf(raw.record),
  };
  for (const name of listNames) {
    const check = allowed[name];
    const text = listOf(raw[name]);
    found[name] = check ? joinList(splitList(text).filter(check)) : text;
  }
  // A key without a value would stand in the URL for nothing.
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}
