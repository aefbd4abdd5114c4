import type { Line } from "./line-buffer";

/** A line as text, for a file or the clipboard: exact, in UTC, whatever the screen shows. */
export function lineText(line: Line): string {
  const parts = [
    new Date(line.atMs).toISOString(),
    line.level.toUpperCase().padEnd(5),
    line.source,
    line.status > 0 ? String(line.status) : "",
    line.tier,
    line.model,
    line.text.replace(/[\r\n]+/g, " "),
    line.requestId,
  ];
  return parts.filter((part) => part !== "").join(" ");
}

/** Where the rest about a request stands; undefined for a line that is none of a request. */
export function recordSearch(line: Line): { record: string } | { req: string; range: "24h" } | undefined {
  if (line.recordId !== "") return { record: line.recordId };
  return line.requestId !== "" ? { req: line.requestId, range: "24h" } : undefined;
}
