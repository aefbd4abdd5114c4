import { useSyncExternalStore } from "react";
import { getPreferences, type Preferences, setPreferences, subscribePreferences } from "@/lib/preferences";

export { type Density, type Language, languages, type Preferences, type Theme, type TimeZone } from "@/lib/preferences";

/** Theme, language and time zone of this browser, and the way to change them. */
export function usePreferences(): Preferences & { setPreferences: (change: Partial<Preferences>) => void } {
  const preferences = useSyncExternalStore(subscribePreferences, getPreferences);
  return { ...preferences, setPreferences };
}
