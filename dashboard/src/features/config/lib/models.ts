// Names of models across the document: who serves them, who uses them, what follows when a provider is renamed or goes.
import { type Doc, setIn, TIERS } from "@/lib/config-draft";

export interface ModelName {
  provider: string;
  model: string;
}

/** As a data plane reads a name: the part before the first slash if it is a provider, else model_map, else the default provider. */
export function readName(doc: Doc, name: string): ModelName {
  const slash = name.indexOf("/");
  const prefix = slash > 0 ? name.slice(0, slash) : "";
  const providers = (doc.providers ?? []).map((provider) => provider.id);
  if (prefix !== "" && providers.includes(prefix)) return { provider: prefix, model: name.slice(slash + 1) };
  const mapped = doc.model_map && Object.hasOwn(doc.model_map, name) ? doc.model_map[name] : undefined;
  return { provider: mapped ?? doc.default_provider ?? providers[0] ?? "", model: name };
}

export function canonical(doc: Doc, name: string): string {
  const { provider, model } = readName(doc, name);
  return provider === "" ? model : `${provider}/${model}`;
}

function namesIn(doc: Doc): string[] {
  return [
    ...TIERS.flatMap((tier) => doc.tiers?.[tier]?.models ?? []),
    ...(doc.models ?? []).flatMap((model) => [model.id ?? "", ...(model.fallbacks ?? [])]),
    ...Object.keys(doc.model_map ?? {}),
    ...(doc.router?.llm?.model && !doc.router.llm.base_url ? [doc.router.llm.model] : []),
  ].filter((name) => name !== "");
}

/** Every model that stands anywhere in the document, once, as provider/model. */
export function knownModels(doc: Doc): string[] {
  return [...new Set(namesIn(doc).map((name) => canonical(doc, name)))].sort();
}

export interface Use {
  name: string;
  where: "t1" | "t2" | "t3" | "models" | "fallbacks" | "model_map" | "judge" | "params";
}

/** Where models of a provider stand. */
export function usesOf(doc: Doc, provider: string): Use[] {
  const served = (name: string) => readName(doc, name).provider === provider;
  const judge = doc.router?.llm;
  return [
    ...TIERS.flatMap((tier) => (doc.tiers?.[tier]?.models ?? []).filter(served).map((name) => ({ name, where: tier }))),
    ...(doc.models ?? []).filter((model) => served(model.id ?? "")).map((model) => ({ name: model.id ?? "", where: "models" as const })),
    ...(doc.models ?? []).flatMap((model) => model.fallbacks ?? []).filter(served).map((name) => ({ name, where: "fallbacks" as const })),
    ...Object.entries(doc.model_map ?? {}).filter(([, id]) => id === provider).map(([name]) => ({ name, where: "model_map" as const })),
    ...Object.keys(doc.params?.models ?? {}).filter(served).map((name) => ({ name, where: "params" as const })),
    ...(judge?.model && !judge.base_url && served(judge.model) ? [{ name: judge.model, where: "judge" as const }] : []),
  ];
}

function renamed(entries: Record<string, unknown> | undefined, name: (key: string) => string) {
  return entries && Object.fromEntries(Object.entries(entries).map(([key, value]) => [name(key), value]));
}

/** A provider under another id, and every name that means it. */
export function renameProvider(doc: Doc, index: number, to: string): Doc {
  const from = doc.providers?.[index]?.id ?? "";
  let out = setIn(doc, ["providers", index, "id"], to);
  if (from === "" || to === "" || (doc.providers ?? []).filter((provider) => provider.id === from).length > 1) return out;
  const name = (text: string) => (text.startsWith(`${from}/`) ? `${to}/${text.slice(from.length + 1)}` : text);
  for (const tier of TIERS) {
    const models = doc.tiers?.[tier]?.models;
    if (models) out = setIn(out, ["tiers", tier, "models"], models.map(name));
  }
  if (doc.models) {
    const models = doc.models.map((model) => ({
      ...model,
      ...(model.id === undefined ? {} : { id: name(model.id) }),
      ...(model.fallbacks === undefined ? {} : { fallbacks: model.fallbacks.map(name) }),
    }));
    out = setIn(out, ["models"], models);
  }
  if (doc.model_map) out = setIn(out, ["model_map"], Object.fromEntries(Object.entries(doc.model_map).map(([key, id]) => [name(key), id === from ? to : id])));
  if (doc.params?.models) out = setIn(out, ["params", "models"], renamed(doc.params.models, name));
  if (doc.router?.llm?.model && !doc.router.llm.base_url) out = setIn(out, ["router", "llm", "model"], name(doc.router.llm.model));
  if (doc.default_provider === from) out = setIn(out, ["default_provider"], to);
  return out;
}

/** Without a provider, and without whatever names its models. */
export function removeProvider(doc: Doc, index: number): Doc {
  const id = doc.providers?.[index]?.id ?? "";
  const twin = (doc.providers ?? []).some((provider, i) => i !== index && provider.id === id);
  const served = (name: string) => !twin && id !== "" && readName(doc, name).provider === id;
  const keep = <T,>(list: T[] | undefined, name: (item: T) => string) => {
    const kept = (list ?? []).filter((item) => !served(name(item)));
    return kept.length === 0 ? undefined : kept;
  };
  let out = setIn(doc, ["providers"], keepList((doc.providers ?? []).filter((_, i) => i !== index)));
  for (const tier of TIERS) if (doc.tiers?.[tier]?.models) out = setIn(out, ["tiers", tier, "models"], keep(doc.tiers[tier].models, (name) => name));
  if (doc.models) {
    const models = keep(doc.models, (model) => model.id ?? "")?.map((model) => {
      const { fallbacks, ...rest } = model;
      const kept = keep(fallbacks, (name) => name);
      return kept ? { ...rest, fallbacks: kept } : rest;
    });
    out = setIn(out, ["models"], models);
  }
  if (doc.model_map && !twin) out = setIn(out, ["model_map"], keepMap(doc.model_map, ([, provider]) => provider !== id));
  if (doc.params?.models) out = setIn(out, ["params", "models"], keepMap(doc.params.models, ([name]) => !served(name)));
  const judge = doc.router?.llm;
  if (judge?.model && !judge.base_url && served(judge.model)) out = setIn(out, ["router", "llm"], undefined);
  if (doc.default_provider === id && !twin) out = setIn(out, ["default_provider"], undefined);
  return out;
}

function keepList<T>(list: T[]): T[] | undefined {
  return list.length === 0 ? undefined : list;
}

function keepMap<T>(map: Record<string, T>, wanted: (entry: [string, T]) => boolean): Record<string, T> | undefined {
  const entries = Object.entries(map).filter(wanted);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

const NAME = /^[!-~]+$/;
export type NameFault = "empty" | "characters" | "slash" | "reserved" | "long";

/** What is wrong with the form of a model's name. */
export function nameFault(name: string): NameFault | undefined {
  if (name === "") return "empty";
  if (name.length > 256) return "long";
  if (!NAME.test(name) || /["\\]|\.\./.test(name)) return "characters";
  if (name.startsWith("/") || name.endsWith("/")) return "slash";
  return /^(?:t[123]|auto)$/i.test(name) ? "reserved" : undefined;
}
