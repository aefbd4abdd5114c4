// The one unsaved configuration of this browser tab, for every page that shows, edits or tries it.
import { useMemo, useSyncExternalStore } from "react";
import { DraftStore } from "./config-draft-store";

export type { Change } from "./config-draft-diff";
export { diffDocs } from "./config-draft-diff";
export * from "./config-draft-doc";
export { jsonFault, type JsonFault, jsonKeys, layOutJson } from "./config-draft-json";
export type { Collision, Merged, Side } from "./config-draft-merge";
export { getIn, type Path, pathText, setIn, steadyPath, type Step } from "./config-draft-path";
export { HIDDEN, isHint, isReference } from "./config-draft-secrets";
export type { DraftSnapshot, SaveOutcome } from "./config-draft-store";

export const draftStore = new DraftStore();

/** The draft as a JSON document: what to send as ConfigSource.text. */
export function draftText(): string {
  return draftStore.text();
}

/** Forgets the draft and everything typed into it. */
export function resetConfigDraft(): void {
  draftStore.reset();
}

export function useConfigDraft() {
  const snapshot = useSyncExternalStore(draftStore.subscribe, draftStore.get);
  return useMemo(
    () => ({
      ...snapshot,
      update: draftStore.update,
      discard: draftStore.discard,
      save: draftStore.save,
      reload: draftStore.load,
      rebase: draftStore.rebase,
      seenApplied: draftStore.seenApplied,
    }),
    [snapshot],
  );
}
