import { type KeyboardEvent, useState } from "react";
import type { RequestRecord } from "@/gen/smartroute/v1/telemetry_pb";

const steps: Record<string, number> = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1, PageDown: 12, PageUp: -12 };

/** The row that keys act on. It is remembered by its record: rows come in above it. */
export function useGridKeys(
  rows: readonly RequestRecord[],
  openId: string | undefined,
  onOpen: (recordId: string) => void,
  show: (index: number) => void,
) {
  const [chosen, setActive] = useState<string>();
  const active = openId ?? chosen;
  const shown = rows.some(({ recordId }) => recordId === active) ? active : undefined;

  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target !== event.currentTarget || rows.length === 0) return;
    const at = rows.findIndex(({ recordId }) => recordId === active);
    let next = at;
    if (event.key in steps) next = Math.min(rows.length - 1, Math.max(0, at < 0 ? 0 : at + (steps[event.key] ?? 0)));
    else if (event.key === "Home") next = 0;
    else if (event.key === "End") next = rows.length - 1;
    else if (event.key === "Enter" && shown !== undefined) {
      event.preventDefault();
      onOpen(shown);
      return;
    } else return;
    event.preventDefault();
    setActive(rows[next]?.recordId);
    show(next);
  };
  return { active: shown, onKeyDown, setActive };
}
