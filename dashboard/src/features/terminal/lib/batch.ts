// TerminalBatch as it comes over the socket: names as in the contract, 64-bit numbers as numbers or as text.
import { type Level, levels } from "../search";
import type { NewLine } from "./line-buffer";

export type Batch = { lines: NewLine[]; dropped: number };

type Fields = Record<string, unknown>;
const text = (value: unknown): string => (typeof value === "string" ? value : "");
function number(value: unknown): number {
  const read = typeof value === "string" && value !== "" ? Number(value) : value;
  return typeof read === "number" && Number.isFinite(read) ? read : 0;
}

function lineOf(raw: unknown): NewLine[] {
  if (typeof raw !== "object" || raw === null) return [];
  const line = raw as Fields;
  const level = text(line.level);
  return [
    {
      atMs: number(line.at_us ?? line.atUs) / 1000,
      level: levels.find((one): one is Level => one === level) ?? "",
      source: text(line.source),
      request: line.request === true,
      text: text(line.text),
      tier: text(line.tier),
      model: text(line.model),
      status: Math.min(999, Math.max(0, Math.floor(number(line.status)))),
      requestId: text(line.request_id ?? line.requestId),
      recordId: text(line.record_id ?? line.recordId),
    },
  ];
}

/** Undefined: this is no batch. */
export function readBatch(message: string): Batch | undefined {
  let raw: unknown;
  try {
    raw = JSON.parse(message);
  } catch {
    return undefined;
  }
  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) return undefined;
  const { lines, dropped } = raw as Fields;
  return { lines: Array.isArray(lines) ? lines.flatMap(lineOf) : [], dropped: Math.max(0, number(dropped)) };
}
