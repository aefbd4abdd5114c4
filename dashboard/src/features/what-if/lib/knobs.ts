import { type Change, type Doc, getIn, setIn, type TierName } from "@/lib/config-draft";

// The few settings that are worth trying first. Each returns the document with one thing changed.

export const routerModes = ["cascade", "keyword", "embedded", "llm", "random"] as const;
export const strategies = ["sequential", "random", "adaptive", "fastest", "cheapest"] as const;
export const keywordLists = ["t1", "t2", "t3", "at_least_t2", "at_least_t3"] as const;
export type KeywordList = (typeof keywordLists)[number];

export const setMode = (doc: Doc, mode: string): Doc => setIn(doc, ["router", "mode"], mode);
export const setDefaultTier = (doc: Doc, tier: string): Doc => setIn(doc, ["router", "default_tier"], tier);
export const setStrategy = (doc: Doc, tier: TierName, strategy: string): Doc => setIn(doc, ["tiers", tier, "strategy"], strategy);

/** Two decimals: a slider's 0.30000000000000004 is nobody's wish. */
export const setMinConfidence = (doc: Doc, value: number): Doc => setIn(doc, ["router", "min_confidence"], Math.round(value * 100) / 100);

export function setKeywords(doc: Doc, list: KeywordList, text: string): Doc {
  const rules = text.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  return setIn(doc, ["router", "keywords", list], rules.length === 0 ? undefined : rules);
}

/** Swaps a model with the one before (-1) or behind it (1). */
export function moveModel(doc: Doc, tier: TierName, index: number, by: -1 | 1): Doc {
  const models = [...(doc.tiers?.[tier]?.models ?? [])];
  const here = models[index];
  const there = models[index + by];
  if (here === undefined || there === undefined) return doc;
  models[index] = there;
  models[index + by] = here;
  return setIn(doc, ["tiers", tier, "models"], models);
}

/** What is written, else what holds without it. */
export function settingOf<T extends string | number>(draft: Doc, effective: Doc, path: string[], fallback: T): T {
  const value = getIn(draft, path) ?? getIn(effective, path);
  return typeof value === typeof fallback ? (value as T) : fallback;
}

const longestValue = 24;

/** A change in a few words, to tell one run from another. */
export function changeInShort({ path, after }: Pick<Change, "path" | "after">): string {
  const text = typeof after === "string" ? after : JSON.stringify(after);
  return text === undefined || text.length > longestValue ? path : `${path} = ${text}`;
}
