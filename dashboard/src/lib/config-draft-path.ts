import { JsonText } from "./config-draft-doc";

/** One step into a document: a field or key, a position in a list, or the element of a list with that id (or name). */
export type Step = string | number | { id: string };
export type Path = readonly Step[];

export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof JsonText);
}

export function idOf(element: unknown): string | undefined {
  if (!isMap(element)) return undefined;
  const id = element.id ?? element.name;
  return typeof id === "string" && id !== "" ? id : undefined;
}

/** Whether the elements of a list have names of their own, no two the same. */
export function isNamedList(value: unknown): value is Record<string, unknown>[] {
  if (!Array.isArray(value)) return false;
  const ids = value.map(idOf);
  return ids.every((id) => id !== undefined) && new Set(ids).size === ids.length;
}

/** As the control plane writes paths in problems, but that elements may be told by their names: providers[openai].base_url. */
export function pathText(path: Path): string {
  let out = "";
  for (const step of path) {
    if (typeof step === "string") out += out === "" ? step : `.${step}`;
    else out += `[${typeof step === "number" ? step : step.id}]`;
  }
  return out;
}

function indexOf(list: unknown[], step: Step): number {
  if (typeof step === "number") return step;
  if (typeof step === "string") return -1;
  return list.findIndex((element) => idOf(element) === step.id);
}

export function getIn(value: unknown, path: Path): unknown {
  let at = value;
  for (const step of path) {
    if (Array.isArray(at)) at = at[indexOf(at, step)];
    else if (isMap(at) && typeof step === "string" && Object.hasOwn(at, step)) at = at[step];
    else return undefined;
  }
  return at;
}

/** The same place in another document, where elements may stand in another order. */
export function steadyPath(doc: unknown, path: Path): Path {
  return path.map((step, depth) => {
    if (typeof step !== "number") return step;
    const id = idOf(getIn(doc, path.slice(0, depth + 1)));
    return id === undefined ? step : { id };
  });
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) ? value.length === 0 : isMap(value) && Object.keys(value).length === 0;
}

// A judge may be there with nothing set yet; everything else that holds nothing says nothing.
function mayBeEmpty(path: Path): boolean {
  return path.at(-1) === "llm" || typeof path.at(-1) !== "string";
}

function setAt(at: unknown, path: Path, depth: number, next: unknown): unknown {
  const step = path[depth];
  if (step === undefined) return next;
  const here = path.slice(0, depth + 1);
  const inside = (child: unknown) => {
    const changed = setAt(child, path, depth + 1, next);
    return depth + 1 < path.length && isEmpty(changed) && !mayBeEmpty(here) ? undefined : changed;
  };
  if (typeof step !== "string") {
    const list = Array.isArray(at) ? [...(at as unknown[])] : [];
    const index = indexOf(list, step);
    const changed = inside(list[index]);
    if (changed === undefined) return index < 0 ? list : list.filter((_, i) => i !== index);
    if (index < 0) list.push(changed);
    else list[index] = changed;
    return list;
  }
  const map = isMap(at) ? at : {};
  const changed = inside(Object.hasOwn(map, step) ? map[step] : undefined);
  const entries = Object.entries(map);
  if (changed === undefined) return Object.fromEntries(entries.filter(([key]) => key !== step));
  if (!Object.hasOwn(map, step)) entries.push([step, changed]);
  return Object.fromEntries(entries.map(([key, value]) => [key, key === step ? changed : value]));
}

/** A copy with one value changed; undefined takes it out, with what holds nothing afterwards. */
export function setIn<T>(value: T, path: Path, next: unknown): T {
  return setAt(value, path, 0, next) as T;
}
