import type { Doc } from "./config-draft-doc";
import { same } from "./config-draft-doc";
import { getIn, type Path, setIn, steadyPath, type Step } from "./config-draft-path";

const HINT = "…";
export const HIDDEN = "••••••••";

/** What stands instead of a key that the control plane holds: sent back, it keeps that key. */
export function isHint(text: string | undefined): boolean {
  return text !== undefined && text.startsWith(HINT);
}

/** A text that only says where a secret lies. */
export function isReference(text: string | undefined): boolean {
  if (!text) return false;
  return /^\$\{[A-Za-z_]\w*\}$/.test(text) || /^(?:file:\/|os\.environ\/.|env\.[A-Za-z_]\w*$)/.test(text);
}

function isTyped(text: string): boolean {
  return text !== "" && text !== HIDDEN && !isHint(text) && !isReference(text);
}

function fieldOfEach(list: unknown[] | undefined, field: string, path: Step[]): Path[] {
  return (list ?? []).map((_, index) => [...path, index, field]);
}

const CREDENTIAL = /api[-_]?key|token|secret|cookie|password/i;

function secretPaths(doc: Doc): Path[] {
  const headers = (doc.providers ?? []).flatMap((provider, index) =>
    Object.keys(provider.headers ?? {})
      .filter((name) => CREDENTIAL.test(name))
      .map((name): Path => ["providers", index, "headers", name]),
  );
  return [
    ...fieldOfEach(doc.providers, "api_key", ["providers"]),
    ...fieldOfEach(doc.gateway?.keys, "key", ["gateway", "keys"]),
    ["router", "llm", "api_key"],
    ...Object.keys(doc.tracing?.headers ?? {}).map((name): Path => ["tracing", "headers", name]),
    ...headers,
    ...(doc.gateway?.api_keys ?? []).map((_, index): Path => ["gateway", "api_keys", index]).reverse(),
  ];
}

function typedSecrets(doc: Doc, saved: Doc): Path[] {
  return secretPaths(doc).filter((path) => {
    const value = getIn(doc, path);
    if (typeof value !== "string" || value === "") return false;
    if (path.includes("headers") && path[0] === "providers") return !same(value, getIn(saved, steadyPath(doc, path)));
    return isTyped(value);
  });
}

/** The document with every key that somebody typed shown as dots. */
export function hideSecrets(doc: Doc): Doc {
  return typedSecrets(doc, {}).reduce((out, path) => setIn(out, path, HIDDEN), doc);
}

/** The document without any key that somebody typed: in its place what is stored, or nothing; and where that was. */
export function withoutSecrets(doc: Doc, saved: Doc): { doc: Doc; lost: Path[] } {
  const typed = typedSecrets(doc, saved);
  const stored = (path: Path) => (path[1] === "api_keys" ? undefined : getIn(saved, steadyPath(doc, path)));
  return {
    doc: typed.reduce((out, path) => setIn(out, path, stored(path)), doc),
    lost: typed.map((path) => steadyPath(doc, path)),
  };
}
