import { memo } from "react";
import type { Format } from "@/hooks/use-format";
import { cn } from "@/lib/utils";
import type { Line } from "../lib/line-buffer";

/** As the class of a row has it. */
export const rowHeight = 22;

const levelTones: Record<string, string> = { debug: "text-muted-foreground", info: "text-info", warn: "text-warn", error: "text-bad" };
const tierTones: Record<string, string> = { t1: "text-t1", t2: "text-t2", t3: "text-t3" };
const statusTone = (status: number) => (status >= 500 ? "text-bad" : status >= 400 ? "text-warn" : "text-good");

type LineRowProps = {
  line: Line | undefined;
  /** Its name, while keys are on it. */
  id: string | undefined;
  state: { active: boolean; selected: boolean };
  format: Format;
  onOpen: (line: Line, apart: boolean) => void;
};

function Row({ line, id, state, format, onOpen }: LineRowProps) {
  if (!line) return null;
  const bad = line.level === "error" || line.status >= 500;
  return (
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus -- the list has the focus and the keys
    <div
      id={id}
      role="option"
      aria-selected={state.selected}
      onClick={(event) => onOpen(line, event.ctrlKey || event.metaKey)}
      className={cn(
        "flex h-[22px] cursor-pointer contain-strict items-center gap-3 px-3 whitespace-pre hover:bg-accent/60",
        bad && "bg-bad-soft/50",
        state.selected && "bg-accent",
        state.active && "group-focus-visible/lines:outline-2 group-focus-visible/lines:-outline-offset-2 group-focus-visible/lines:outline-ring",
      )}
    >
      <span className="shrink-0 text-muted-foreground">{format.timeMs(line.atMs)}</span>
      <span className={cn("w-10 shrink-0 font-semibold", levelTones[line.level])}>{line.level.toUpperCase()}</span>
      <span className="hidden w-24 shrink-0 truncate text-muted-foreground md:block">
        {line.source}
      </span>
      {line.request && (
        <>
          <span className={cn("w-7 shrink-0 font-semibold", statusTone(line.status))}>{line.status > 0 ? line.status : "–"}</span>
          <span className={cn("w-5 shrink-0", tierTones[line.tier])}>{line.tier.toUpperCase()}</span>
          {line.model !== "" && <span className="max-w-24 shrink-0 truncate sm:max-w-56">{line.model}</span>}
        </>
      )}
      <span className="min-w-0 flex-1 truncate">{line.text}</span>
    </div>
  );
}

// A line never changes; while the view follows, the line of a place does.
export const LineRow = memo(
  Row,
  (a, b) =>
    a.line?.seq === b.line?.seq &&
    a.line?.atMs === b.line?.atMs &&
    a.id === b.id &&
    a.format === b.format &&
    a.onOpen === b.onOpen &&
    a.state.active === b.state.active &&
    a.state.selected === b.state.selected,
);
