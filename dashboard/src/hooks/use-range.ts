import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { parseRangeSearch, type Preset, type Range, rangeOf, searchOf } from "@/lib/range";

export type { Preset, Range } from "@/lib/range";

/**
 * The span of time in the URL: `range=1h`, or `since` and `until` in milliseconds. With a preset, use `range.preset` in query keys
 * and take `range.since` at the time of the call: `since` moves on with the clock.
 */
export function useRange(fallback: Preset = "1h"): { range: Range; setRange: (next: Range | Preset) => void } {
  const search: Record<string, unknown> = useSearch({ strict: false });
  const navigate = useNavigate();
  const { range: preset, since, until } = parseRangeSearch(search);
  const range = useMemo(
    // oxlint-disable-next-line react/purity -- the range of a preset ends now, whenever that is
    () => rangeOf({ range: preset, since, until }, fallback, Date.now()),
    [preset, since, until, fallback],
  );
  const setRange = useCallback(
    (next: Range | Preset) => {
      void navigate({ to: ".", search: (before: Record<string, unknown>) => ({ ...before, ...searchOf(next) }) });
    },
    [navigate],
  );
  return { range, setRange };
}
