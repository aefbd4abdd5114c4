import { useInfiniteQuery } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import type { RequestRecord } from "@/gen/smartroute/v1/telemetry_pb";
import type { Range } from "@/hooks/use-range";
import type { LogsSearch } from "../search";
import { recordsQuery } from "./queries";

const noRecords: readonly RequestRecord[] = [];

export type Records = {
  rows: readonly RequestRecord[];
  status: "loading" | "error" | "ready";
  error: unknown;
  /** What is shown is not what was asked for last: it could not be read, or it comes. */
  stale: boolean;
  updatedAt: number;
  busy: boolean;
  more: boolean;
  /** Milliseconds; the last page looked back so far and ran out of time. */
  searchedTo: number | undefined;
  loadMore: () => void;
  refresh: () => void;
};

/** The list, page by page, newest first. */
export function useRecords(search: LogsSearch, range: Range, enabled: boolean): Records {
  const query = useInfiniteQuery(recordsQuery(search, range, enabled));
  const { data, fetchNextPage, refetch, isFetching } = query;
  const rows = useMemo(() => data?.pages.flatMap(({ page }) => page.records) ?? noRecords, [data]);
  const last = data?.pages.at(-1)?.page;
  const loadMore = useCallback(() => {
    if (!isFetching) void fetchNextPage();
  }, [fetchNextPage, isFetching]);
  const refresh = useCallback(() => void refetch(), [refetch]);
  return {
    rows,
    status: data ? "ready" : query.isError ? "error" : "loading",
    error: query.error,
    stale: data !== undefined && query.isError,
    updatedAt: query.dataUpdatedAt,
    busy: isFetching,
    more: query.hasNextPage,
    searchedTo: last && last.searchedToUs > 0n ? Number(last.searchedToUs / 1000n) : undefined,
    loadMore,
    refresh,
  };
}
