import type { Doc } from "@/lib/config-draft";

export interface ModelOptions {
  tiers: { name: "t1" | "t2" | "t3"; models: string[] }[];
  models: string[];
}

const tierNames = ["t1", "t2", "t3"] as const;

/** Every name that the configuration gives a meaning: what tiers hold, what has facts or fallbacks, what is mapped to a provider. */
export function modelOptions(doc: Doc): ModelOptions {
  const tiers = tierNames.map((name) => ({ name, models: doc.tiers?.[name]?.models ?? [] }));
  const named = [
    ...tiers.flatMap((tier) => tier.models),
    ...(doc.models ?? []).flatMap((model) => [model.id ?? "", ...(model.fallbacks ?? [])]),
    ...Object.keys(doc.model_map ?? {}),
  ];
  const models = [...new Set(named.filter((name) => name !== ""))].sort((a, b) => a.localeCompare(b));
  return { tiers, models };
}

export function needsKey(doc: Doc): boolean {
  return (doc.gateway?.api_keys?.length ?? 0) + (doc.gateway?.keys?.length ?? 0) > 0;
}
