import { SECTIONS, type Section } from "@/lib/config-draft-sections";

export { SECTIONS, type Section, sectionOfPath as sectionOf } from "@/lib/config-draft-sections";
export const TOOLS = ["history", "yaml"] as const;
export type Place = Section | (typeof TOOLS)[number];

export function placeOf(text: string | undefined): Place {
  if (text === "model-map") return "models";
  return [...SECTIONS, ...TOOLS].find((place) => place === text) ?? "tiers";
}

/** Whether a problem belongs to the field at `path`, or to something inside it. */
export function isAt(problemPath: string, path: string): boolean {
  return problemPath === path || (problemPath.startsWith(path) && /^[.[]/.test(problemPath.slice(path.length)));
}

/** The element of a list that a path points at or into: providers[2].base_url is in providers, 2. */
export function elementOf(path: string | undefined, list: string): number | undefined {
  const match = path === undefined ? undefined : new RegExp(`^${list}\\[(\\d+)\\]`).exec(path);
  return match ? Number(match[1]) : undefined;
}
