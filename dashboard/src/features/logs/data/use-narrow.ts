import { useCallback, useSyncExternalStore } from "react";

/** Whether the window has room for cards only. */
export function useNarrow(query = "(max-width: 767px)"): boolean {
  const subscribe = useCallback(
    (changed: () => void) => {
      const media = window.matchMedia(query);
      media.addEventListener("change", changed);
      return () => media.removeEventListener("change", changed);
    },
    [query],
  );
  return useSyncExternalStore(subscribe, () => window.matchMedia(query).matches);
}
