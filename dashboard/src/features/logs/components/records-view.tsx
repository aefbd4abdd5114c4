import { useCallback, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import { ErrorState } from "@/components/error-state";
import { StaleBanner } from "@/components/stale-banner";
import { Skeleton } from "@/components/ui/skeleton";
import type { Columns } from "../data/use-columns";
import type { ChangeSearch } from "../data/use-logs-search";
import { useNarrow } from "../data/use-narrow";
import type { RecordSource } from "../data/use-record-source";
import { liveCapacity } from "../lib/live-buffer";
import type { LogsSearch } from "../search";
import { LiveBar } from "./live-bar";
import { NothingFound, NothingYet } from "./nothing-here";
import { RecordsTable } from "./records-table";
import { TableEnd } from "./table-end";

type RecordsViewProps = { search: LogsSearch; change: ChangeSearch; source: RecordSource; columns: Columns };

export function RecordsView({ search, change, source, columns }: RecordsViewProps) {
  const { t } = useTranslation("logs");
  const cards = useNarrow();
  const scroller = useRef<HTMLDivElement>(null);
  const { list, live, rows, setPointing, setScrolled } = source;
  const isLive = search.live === true;
  const onOpen = useCallback((record: string) => change({ record }), [change]);
  const watch = useMemo(() => ({ onPointing: setPointing, onScrolledAway: setScrolled }), [setPointing, setScrolled]);
  const { loadMore } = list;
  const goesOn = !isLive && list.more && !list.busy && list.searchedTo === undefined;
  const more = useCallback(() => {
    if (goesOn) loadMore();
  }, [goesOn, loadMore]);
  const row = isLive ? (
    rows.length >= liveCapacity && <p className="sticky left-0 p-4 text-center text-xs text-muted-foreground">{t("live.full", { count: liveCapacity })}</p>
  ) : (
    <TableEnd records={list} />
  );
  const jump = () => {
    source.setPaused(false);
    setPointing(false);
    setScrolled(false);
    scroller.current?.scrollTo({ top: 0 });
  };
  return (
    <div className="flex min-h-0 min-w-0 flex-1 flex-col gap-2">
      {isLive && <LiveBar live={live} paused={source.paused} held={source.held} onPause={source.setPaused} onJump={jump} />}
      {!isLive && list.stale && <StaleBanner since={list.updatedAt} error={list.error} onRetry={list.refresh} />}
      {isLive && rows.length === 0 ? (
        <NothingYet />
      ) : !isLive && list.status === "loading" ? (
        <TableSkeleton />
      ) : !isLive && list.status === "error" ? (
        <ErrorState error={list.error} onRetry={list.refresh} className="flex-1" />
      ) : rows.length === 0 ? (
        <NothingFound search={search} change={change} list={list} />
      ) : (
        <RecordsTable
          rows={rows}
          columns={columns}
          cards={cards}
          openId={search.record}
          onOpen={onOpen}
          watch={watch}
          end={{ more, row, scroller }}
        />
      )}
    </div>
  );
}

function TableSkeleton() {
  return (
    <div aria-busy className="flex-1 overflow-hidden rounded-xl border bg-card">
      <div className="h-9 border-b bg-muted" />
      {Array.from({ length: 18 }, (_, row) => (
        <div key={row} className="flex h-[38px] items-center gap-4 border-b border-border/60 px-3">
          <Skeleton className="h-3.5 w-20" />
          <Skeleton className="h-3.5 w-12" />
          <Skeleton className="hidden h-3.5 w-40 sm:block" />
          <Skeleton className="h-3.5 flex-1" />
          <Skeleton className="hidden h-3.5 w-16 md:block" />
          <Skeleton className="hidden h-3.5 w-16 md:block" />
        </div>
      ))}
    </div>
  );
}
