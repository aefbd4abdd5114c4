import { useCallback, useMemo, useState } from "react";
import type { Span } from "@/components/charts/series";
import type { ChartZoom } from "@/components/charts/time-chart";
import { type Preset, useRange } from "@/hooks/use-range";

/** Zoom of the charts is the range of the page; going back leads to the preset that was left. */
export function useZoom(): ChartZoom {
  const { range, setRange } = useRange();
  const [left, setLeft] = useState<Preset>("1h");
  const { preset } = range;
  const onSpan = useCallback(
    ({ since, until }: Span, reachesNow: boolean) => {
      if (preset) setLeft(preset);
      setRange({ since, until: reachesNow ? "now" : until });
    },
    [preset, setRange],
  );
  return useMemo(() => (preset ? { onSpan } : { onSpan, onReset: () => setRange(left) }), [preset, onSpan, setRange, left]);
}
