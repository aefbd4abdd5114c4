import { same, writeDoc } from "./config-draft-doc";
import { idOf, isMap, isNamedList, type Path, pathText } from "./config-draft-path";

export interface Change {
  path: string;
  steps: Path;
  /** Texts to show; undefined: not there. */
  before: string | undefined;
  after: string | undefined;
}

function textOf(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === "string") return value;
  if (Array.isArray(value) && value.every((item) => !isMap(item))) return `[${value.map((item) => (typeof item === "string" ? item : writeDoc(item, 0))).join(", ")}]`;
  return writeDoc(value, isMap(value) ? 2 : 0);
}

function order(list: Record<string, unknown>[], among: Set<string>): string[] {
  return list.map((element) => idOf(element) ?? "").filter((id) => among.has(id));
}

function walkList(before: Record<string, unknown>[], after: Record<string, unknown>[], steps: Path, out: Change[]) {
  const old = new Map(before.map((element) => [idOf(element) ?? "", element]));
  const now = new Map(after.map((element) => [idOf(element) ?? "", element]));
  for (const id of new Set([...old.keys(), ...now.keys()])) walk(old.get(id), now.get(id), [...steps, { id }], out);
  const common = new Set([...old.keys()].filter((id) => now.has(id)));
  const [from, to] = [order(before, common), order(after, common)];
  if (!same(from, to)) out.push({ path: pathText(steps), steps, before: textOf(from), after: textOf(to) });
}

function walk(before: unknown, after: unknown, steps: Path, out: Change[]) {
  if (same(before, after)) return;
  const isField = steps.length === 0 || typeof steps.at(-1) === "string";
  const maps = (isMap(before) || (isField && before === undefined)) && (isMap(after) || (isField && after === undefined));
  if (maps) {
    const [old, now] = [isMap(before) ? before : {}, isMap(after) ? after : {}];
    const keys = new Set([...Object.keys(old), ...Object.keys(now)]);
    // A judge that is there and says nothing still is a judge.
    if (keys.size === 0) out.push({ path: pathText(steps), steps, before: textOf(before), after: textOf(after) });
    for (const key of keys) walk(old[key], now[key], [...steps, key], out);
    return;
  }
  const lists: [unknown, unknown] = [before ?? [], after ?? []];
  if (isNamedList(lists[0]) && isNamedList(lists[1])) return walkList(lists[0], lists[1], steps, out);
  out.push({ path: pathText(steps), steps, before: textOf(before), after: textOf(after) });
}

/** What was changed, by field. Elements with an id are told apart by it; what came or went is one change. */
export function diffDocs(before: unknown, after: unknown): Change[] {
  const out: Change[] = [];
  walk(before, after, [], out);
  return out;
}
