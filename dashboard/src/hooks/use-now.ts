import { useSyncExternalStore } from "react";

// One clock for the whole page: however many parts show a relative time, there is one timer for each step.
type Clock = { now: number; subscribe: (listener: () => void) => () => void };
const clocks = new Map<number, Clock>();

function clockOf(stepMs: number): Clock {
  const known = clocks.get(stepMs);
  if (known) return known;
  const listeners = new Set<() => void>();
  let timer: ReturnType<typeof setInterval> | undefined;
  const clock: Clock = {
    now: Date.now(),
    subscribe(listener) {
      if (listeners.size === 0) {
        clock.now = Date.now();
        timer = setInterval(() => {
          clock.now = Date.now();
          for (const one of listeners) one();
        }, stepMs);
      }
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) clearInterval(timer);
      };
    },
  };
  clocks.set(stepMs, clock);
  return clock;
}

/** The time, in milliseconds; renders anew every `stepMs`. */
export function useNow(stepMs = 10_000): number {
  const clock = clockOf(stepMs);
  return useSyncExternalStore(clock.subscribe, () => clock.now);
}
