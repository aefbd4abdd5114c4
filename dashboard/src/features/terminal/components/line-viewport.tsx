import { ArrowDownToLine, SquareTerminal } from "lucide-react";
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { EmptyState } from "@/components/empty-state";
import { Button } from "@/components/ui/button";
import { useFormat } from "@/hooks/use-format";
import { useLineKeys } from "../data/use-line-keys";
import type { Line } from "../lib/line-buffer";
import type { Snapshot, TerminalStore } from "../lib/terminal-store";
import { LineRow, rowHeight } from "./line-row";

const overscan = 6;

type LineViewportProps = {
  store: TerminalStore;
  snapshot: Snapshot;
  paused: boolean;
  onOpen: (line: Line, apart: boolean) => void;
  onJump: () => void;
  selected: number | undefined;
};

/**
 * The rows in sight, and no others. While it follows, it sticks to the end; once somebody scrolls up, it stands still on the lines
 * there were, until it is scrolled down again or told to jump.
 */
export function LineViewport({ store, snapshot, paused, onOpen, onJump, selected }: LineViewportProps) {
  const { t } = useTranslation("terminal");
  const format = useFormat();
  const scroller = useRef<HTMLDivElement>(null);
  // Where it was put itself: what lies above has been scrolled to by somebody, what lies below has grown since.
  const stuckAt = useRef(0);
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(600);
  const { view, frozen, waiting } = snapshot;
  const total = view.count * rowHeight;

  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const watch = new ResizeObserver(() => setHeight(element.clientHeight));
    watch.observe(element);
    return () => watch.disconnect();
  }, []);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (frozen || !element) return;
    element.scrollTop = Math.max(0, total - height);
    stuckAt.current = element.scrollTop;
  }, [frozen, total, height]);
  // What stands still begins where it was scrolled to.
  useLayoutEffect(() => {
    if (frozen && scroller.current) setTop(scroller.current.scrollTop);
  }, [frozen]);

  const hold = () => {
    const element = scroller.current;
    if (!frozen && element && total > element.clientHeight) store.freeze();
  };
  const onScroll = () => {
    const element = scroller.current;
    if (!element) return;
    const atEnd = element.scrollTop + element.clientHeight >= element.scrollHeight - rowHeight / 2;
    if (!frozen && !atEnd && element.scrollTop < stuckAt.current - 1) hold();
    if (frozen) setTop(element.scrollTop);
    if (frozen && atEnd && !paused) store.follow();
  };
  const show = (index: number) => {
    const element = scroller.current;
    if (!element) return;
    const at = index * rowHeight;
    if (at < element.scrollTop) element.scrollTop = at;
    else if (at + rowHeight > element.scrollTop + element.clientHeight) element.scrollTop = at + rowHeight - element.clientHeight;
  };
  const keys = useLineKeys({ view, hold, show, onOpen });

  const from = Math.max(0, Math.floor((frozen ? top : total - height) / rowHeight) - overscan);
  const until = Math.min(view.count, Math.ceil((frozen ? top + height : total) / rowHeight) + overscan);
  const rows = Array.from({ length: Math.max(0, until - from) }, (_, index) => from + index);
  return (
    <div className="relative min-h-0 flex-1">
      <div
        ref={scroller}
        role="listbox"
        aria-label={t("lines")}
        aria-activedescendant={keys.active >= 0 ? `line-${keys.active}` : undefined}
        tabIndex={0}
        onScroll={onScroll}
        onWheel={({ deltaY }) => deltaY < 0 && hold()}
        onPointerDown={hold}
        onKeyDown={keys.onKeyDown}
        className="group/lines focus-ring size-full overflow-auto rounded-xl border bg-card font-mono text-xs"
      >
        <div className="relative" role="presentation" style={{ height: total }}>
          {/* Rows keep their places in a block that moves: while it follows, all that changes of them is their text. */}
          <div role="presentation" className="absolute inset-x-0" style={{ transform: `translateY(${from * rowHeight}px)` }}>
            {rows.map((index) => (
              <LineRow
                key={index - from}
                line={view.buffer.line(view.at(index))}
                id={keys.active >= 0 && keys.active === view.at(index) ? `line-${keys.active}` : undefined}
                state={{ active: keys.active === view.at(index), selected: selected === view.at(index) }}
                format={format}
                onOpen={onOpen}
              />
            ))}
          </div>
        </div>
      </div>
      {view.count === 0 && !snapshot.searching && <Nothing filtered={snapshot.kept > 0} />}
      {frozen && (
        <Button size="sm" className="absolute right-5 bottom-4 shadow-lg" onClick={onJump}>
          <ArrowDownToLine aria-hidden />
          <span className="tabular-nums">{waiting > 0 ? t("jumpNew", { count: waiting, shown: format.number(waiting) }) : t("jump")}</span>
        </Button>
      )}
    </div>
  );
}

function Nothing({ filtered }: { filtered: boolean }) {
  const { t } = useTranslation("terminal");
  return (
    <div className="pointer-events-none absolute inset-0 grid place-items-center p-4">
      <EmptyState
        icon={SquareTerminal}
        className="border-0"
        title={t(filtered ? "empty.filteredTitle" : "empty.title")}
        description={t(filtered ? "empty.filteredText" : "empty.text")}
      />
    </div>
  );
}
