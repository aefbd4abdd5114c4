import { type Doc, same, writeDoc } from "./config-draft-doc";
import { idOf, isMap, isNamedList, type Path, pathText } from "./config-draft-path";

export type Side = "mine" | "theirs";

export interface Collision {
  path: string;
  mine: string | undefined;
  theirs: string | undefined;
}

export interface Merged {
  doc: Doc;
  collisions: Collision[];
}

type Named = Record<string, unknown>[];

class Merge {
  readonly collisions: Collision[] = [];
  private readonly choices: Readonly<Record<string, Side>>;

  constructor(choices: Readonly<Record<string, Side>>) {
    this.choices = choices;
  }

  value(base: unknown, mine: unknown, theirs: unknown, path: Path): unknown {
    if (same(mine, base) || same(mine, theirs)) return theirs;
    if (same(theirs, base)) return mine;
    if (isMap(mine) && isMap(theirs)) return this.map(isMap(base) ? base : {}, mine, theirs, path);
    const lists = [base ?? [], mine, theirs];
    if (isNamedList(lists[0]) && isNamedList(lists[1]) && isNamedList(lists[2])) return this.list(lists[0], lists[1], lists[2], path);
    return this.collide(mine, theirs, path);
  }

  private map(base: Record<string, unknown>, mine: Record<string, unknown>, theirs: Record<string, unknown>, path: Path) {
    const keys = new Set([...Object.keys(theirs), ...Object.keys(mine)]);
    const entries = [...keys].map((key) => [key, this.value(base[key], mine[key], theirs[key], [...path, key])] as const);
    return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
  }

  private list(base: Named, mine: Named, theirs: Named, path: Path) {
    const find = (list: Named, id: string) => list.find((element) => idOf(element) === id);
    const ids = (list: Named) => list.map((element) => idOf(element) ?? "");
    const kept = ids(mine).filter((id) => find(base, id));
    const moved = !same(kept, ids(base).filter((id) => find(mine, id)));
    const order = new Set(moved ? [...ids(mine), ...ids(theirs)] : [...ids(theirs), ...ids(mine)]);
    return [...order]
      .map((id) => this.value(find(base, id), find(mine, id), find(theirs, id), [...path, { id }]))
      .filter((element) => element !== undefined);
  }

  private collide(mine: unknown, theirs: unknown, path: Path) {
    const at = pathText(path);
    const shown = (value: unknown) => (value === undefined ? undefined : typeof value === "string" ? value : writeDoc(value, isMap(value) ? 2 : 0));
    this.collisions.push({ path: at, mine: shown(mine), theirs: shown(theirs) });
    return this.choices[at] === "theirs" ? theirs : mine;
  }
}

/** Both changes of one document together; where both changed the same, `choices` says whose counts (mine, if nothing). */
export function mergeDocs(base: Doc, mine: Doc, theirs: Doc, choices: Readonly<Record<string, Side>> = {}): Merged {
  const merge = new Merge(choices);
  const doc = merge.value(base, mine, theirs, []) as Doc;
  return { doc, collisions: merge.collisions };
}
