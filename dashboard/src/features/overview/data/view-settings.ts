// How this browser likes the overview: kept in localStorage, the same in every tab.
import { useSyncExternalStore } from "react";
import { limitOf } from "../lib/grades";

export const refreshChoices = [0, 5_000, 10_000, 30_000, 60_000] as const;
export type RefreshMs = (typeof refreshChoices)[number];
export type ViewSettings = { refreshMs: RefreshMs; good?: number; slow?: number };

const storageKey = "smartroute.overview";
export const defaultSettings: ViewSettings = { refreshMs: 10_000 };

/** Never throws; what is missing or wrong becomes the default. */
export function parseSettings(stored: string | null): ViewSettings {
  let raw: Record<string, unknown> = {};
  try {
    const value: unknown = JSON.parse(stored ?? "{}");
    if (typeof value === "object" && value !== null) raw = value as Record<string, unknown>;
  } catch {
    // Somebody else's text under our name.
  }
  const good = limitOf(raw.good);
  const slow = limitOf(raw.slow);
  return {
    refreshMs: refreshChoices.find((one) => one === raw.refreshMs) ?? defaultSettings.refreshMs,
    ...(good === undefined ? {} : { good }),
    ...(slow === undefined ? {} : { slow }),
  };
}

const listeners = new Set<() => void>();
let text: string | null = null;
let current: ViewSettings = defaultSettings;

function read(): ViewSettings {
  let stored: string | null = text;
  try {
    stored = localStorage.getItem(storageKey);
  } catch {
    // Storage is off: what was chosen holds for this page.
  }
  if (stored !== text) {
    text = stored;
    current = parseSettings(stored);
  }
  return current;
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  window.addEventListener("storage", listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener("storage", listener);
  };
}

export function setViewSettings(next: ViewSettings): void {
  current = next;
  text = JSON.stringify(next);
  try {
    localStorage.setItem(storageKey, text);
  } catch {
    // As above.
  }
  for (const listener of listeners) listener();
}

export function useViewSettings(): ViewSettings {
  return useSyncExternalStore(subscribe, read);
}
