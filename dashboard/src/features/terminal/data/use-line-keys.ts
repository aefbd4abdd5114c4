import { type KeyboardEvent, useState } from "react";
import type { Line } from "../lib/line-buffer";
import type { LineView } from "../lib/line-view";

type LineKeys = { view: LineView; hold: () => void; show: (index: number) => void; onOpen: (line: Line, apart: boolean) => void };
const steps: Record<string, number> = { ArrowUp: -1, k: -1, ArrowDown: 1, j: 1, PageUp: -20, PageDown: 20 };

/** Moves among the lines; to move is to stand still first. `active` is a sequence number, -1 for none. */
export function useLineKeys({ view, hold, show, onOpen }: LineKeys) {
  const [chosen, setChosen] = useState(-1);
  const active = chosen >= view.buffer.first && chosen < view.buffer.end ? chosen : -1;
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || view.count === 0) return;
    const line = event.key === "Enter" && active >= 0 ? view.buffer.line(active) : undefined;
    if (line) {
      event.preventDefault();
      onOpen(line, event.shiftKey);
      return;
    }
    const step = event.key === "Home" ? -view.count : steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    hold();
    const next = Math.min(view.count - 1, Math.max(0, (active < 0 ? view.count : indexOf(view, active)) + step));
    setChosen(view.at(next));
    show(next);
  };
  return { active, onKeyDown };
}

/** Where a line stands in the view, or would. */
export function indexOf(view: LineView, seq: number): number {
  let low = 0;
  let high = view.count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (view.at(middle) < seq) low = middle + 1;
    else high = middle;
  }
  return low;
}
