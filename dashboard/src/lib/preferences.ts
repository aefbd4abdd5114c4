// What this browser prefers. Kept in localStorage, told to every tab.
export type Theme = "light" | "dark" | "system";
export const languages = ["en", "zh-CN"] as const;
export type Language = (typeof languages)[number];
export type TimeZone = "local" | "utc";
export type Density = "comfortable" | "compact";
export type Preferences = { theme: Theme; language: Language; timeZone: TimeZone; density: Density };

const storageKey = "smartroute.preferences";

export function languageOf(tags: readonly string[]): Language {
  const known = tags.find((tag) => /^(zh|en)\b/i.test(tag));
  return known !== undefined && /^zh\b/i.test(known) ? "zh-CN" : "en";
}

/** Never throws; what is missing or wrong becomes what the browser itself prefers. */
export function parsePreferences(stored: string | null, browserLanguages: readonly string[]): Preferences {
  let raw: Record<string, unknown> = {};
  try {
    const value: unknown = JSON.parse(stored ?? "{}");
    if (typeof value === "object" && value !== null) raw = value as Record<string, unknown>;
  } catch {
    // Somebody else's text under our name.
  }
  const language = languages.find((one) => one === raw.language);
  return {
    theme: raw.theme === "light" || raw.theme === "dark" ? raw.theme : "system",
    language: language ?? languageOf(browserLanguages),
    timeZone: raw.timeZone === "utc" ? "utc" : "local",
    density: raw.density === "compact" ? "compact" : "comfortable",
  };
}

function readStorage(): string | null {
  try {
    return localStorage.getItem(storageKey);
  } catch {
    return null;
  }
}

let current = parsePreferences(readStorage(), navigator.languages);
const listeners = new Set<() => void>();

export function getPreferences(): Preferences {
  return current;
}

export function subscribePreferences(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

function become(next: Preferences): void {
  current = next;
  for (const listener of listeners) listener();
}

export function setPreferences(change: Partial<Preferences>): void {
  const next = { ...current, ...change };
  try {
    localStorage.setItem(storageKey, JSON.stringify(next));
  } catch {
    // Storage is off: it holds for this page then.
  }
  become(next);
}

window.addEventListener("storage", (event) => {
  if (event.key === storageKey) become(parsePreferences(event.newValue, navigator.languages));
});
