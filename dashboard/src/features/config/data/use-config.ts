import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { useSession } from "@/hooks/use-session";
import { getIn, JsonText, type Path, pathText, same, setIn, steadyPath, useConfigDraft } from "@/lib/config-draft";
import { type FieldSpec, specOf } from "../lib/fields";
import { isAt, type Place, placeOf } from "../lib/sections";
import { type ConfigSearch, parseSearch } from "../search";

/** Whether this viewer may change this configuration at all. */
export function useEditable(): boolean {
  const { ownedByFile, status } = useConfigDraft();
  const { isAdmin } = useSession();
  return isAdmin && ownedByFile === "" && status === "ready";
}

/** Which section is shown, and which field of it is pointed at. */
export function usePlace() {
  const params: { section?: string } = useParams({ strict: false });
  const raw: Record<string, unknown> = useSearch({ strict: false });
  const navigate = useNavigate();
  const section = placeOf(params.section);
  const search = useMemo(() => parseSearch(raw), [raw]);
  const show = useCallback(
    (place: Place, next: ConfigSearch = {}) => void navigate({ to: "/config/$section", params: { section: place }, search: next, resetScroll: place !== section }),
    [navigate, section],
  );
  return { section, search, show };
}

/** The effective document spells out empty lists and texts, too: those are no defaults worth a word. */
function saysSomething(value: unknown): boolean {
  if (value === undefined || value === "" || value instanceof JsonText) return false;
  return typeof value !== "object" || value === null || Object.keys(value).length > 0;
}

function spelledOut(spec: FieldSpec): unknown {
  return "fallback" in spec ? spec.fallback : undefined;
}

/** One field of the draft: its value, what holds without one, what is wrong with it, and the way to change it. */
export function useField<T>(path: Path) {
  const { draft, saved, effective, problems, update } = useConfigDraft();
  const editable = useEditable();
  const steady = steadyPath(draft, path);
  const at = pathText(path);
  const value = getIn(draft, path) as T | undefined;
  const before = getIn(saved, steady);
  const spec = specOf(path);
  const understood = before === undefined ? getIn(effective, steady) : undefined;
  return {
    at,
    spec,
    value,
    fallback: (saysSomething(understood) ? understood : spelledOut(spec)) as T | undefined,
    changed: !same(value, before),
    problems: problems.filter((problem) => isAt(problem.path, at)),
    editable,
    set: (next: T | undefined) => update((doc) => setIn(doc, path, next)),
  };
}

export type Field<T> = ReturnType<typeof useField<T>>;
