import { levels, levelsOf, type TerminalSearch } from "../search";
import { type LineBuffer, tierNumber } from "./line-buffer";

export type Matcher = (buffer: LineBuffer, seq: number) => boolean;
export type TextFilter = { kind: "none" } | { kind: "text"; text: string } | { kind: "regex"; regex: RegExp } | { kind: "wrong"; message: string };

// A wild expression over a long line could stand still for long; what is asked for stands near the beginning.
const regexChars = 2_000;

/** Plain text, whatever the case; /.../ is a regular expression, with flags behind it. */
export function textFilter(q: string | undefined): TextFilter {
  if (!q) return { kind: "none" };
  const found = /^\/(.+)\/([a-z]*)$/s.exec(q);
  if (!found) return { kind: "text", text: q.toLowerCase() };
  const [, source = "", flags = ""] = found;
  try {
    // Without "g" and "y": those remember where they were.
    return { kind: "regex", regex: new RegExp(source, flags.replace(/[gy]/g, "") || "i") };
  } catch (error) {
    return { kind: "wrong", message: error instanceof Error ? error.message : String(error) };
  }
}

const inAnyColumn =
  (matches: (column: string) => boolean): Matcher =>
  (buffer, seq) =>
    matches(buffer.textAt(seq)) || matches(buffer.modelAt(seq)) || matches(buffer.sourceAt(seq));

/** All conditions as one question. An expression that is none matches nothing. */
export function matcherOf(search: TerminalSearch): Matcher {
  const tests: Matcher[] = [];
  const chosen = levelsOf(search.level);
  if (chosen.length > 0) {
    const wanted = new Set(chosen.map((level) => levels.indexOf(level) + 1));
    tests.push((buffer, seq) => wanted.has(buffer.levelAt(seq)));
  }
  if (search.kind) {
    const requests = search.kind === "requests";
    tests.push((buffer, seq) => buffer.isRequest(seq) === requests);
  }
  const { source, model } = search;
  const tier = tierNumber(search.tier ?? "");
  if (tier > 0) tests.push((buffer, seq) => buffer.tierAt(seq) === tier);
  if (source) tests.push((buffer, seq) => buffer.sourceAt(seq) === source);
  if (model) tests.push((buffer, seq) => buffer.modelAt(seq) === model);
  const filter = textFilter(search.q);
  if (filter.kind === "wrong") return () => false;
  if (filter.kind === "text") tests.push(inAnyColumn((column) => column.toLowerCase().includes(filter.text)));
  if (filter.kind === "regex") tests.push(inAnyColumn((column) => filter.regex.test(column.slice(0, regexChars))));
  const [only] = tests;
  if (!only) return () => true;
  return tests.length === 1 ? only : (buffer, seq) => tests.every((test) => test(buffer, seq));
}
