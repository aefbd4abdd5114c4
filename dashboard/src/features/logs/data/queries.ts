import { create } from "@bufbuild/protobuf";
import { infiniteQueryOptions, keepPreviousData, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import {
  type ListRecordsResponse,
  LogService,
  RecordFilterSchema,
  RoutingService,
} from "@/gen/smartroute/v1/admin_pb";
import { ApiError, call } from "@/lib/api";
import type { Range } from "@/lib/range";
import type { LogsSearch } from "../search";
import { conditionsOf, timesOf } from "../lib/filter";
import type { ReplayInput } from "../lib/why";

export const pageSize = 100;

const spanKey = (range: Range) => range.preset ?? [range.since, range.until];

// All pages look at the same span, though "the last hour" moves on.
type PageParam = { cursor: string; sinceUs: bigint; untilUs: bigint } | undefined;
export type RecordsPage = { page: ListRecordsResponse; asked: NonNullable<PageParam> };

export function recordsQuery(search: LogsSearch, range: Range, enabled: boolean) {
  const conditions = conditionsOf(search);
  return infiniteQueryOptions({
    queryKey: ["logs", "records", conditions, spanKey(range)],
    enabled,
    initialPageParam: undefined as PageParam,
    queryFn: async ({ pageParam, signal }): Promise<RecordsPage> => {
      const asked = pageParam ?? { cursor: "", ...timesOf(range) };
      const filter = create(RecordFilterSchema, { ...conditions, sinceUs: asked.sinceUs, untilUs: asked.untilUs });
      const page = await call(LogService.method.listRecords, { pageSize, cursor: asked.cursor, filter }, { signal });
      return { page, asked };
    },
    getNextPageParam: ({ page, asked }: RecordsPage): PageParam => (page.nextCursor === "" ? undefined : { ...asked, cursor: page.nextCursor }),
    placeholderData: keepPreviousData,
    // What was read stays as it was read; "refresh" and live mode are for more.
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });
}

export function facetsQuery(range: Range) {
  return queryOptions({
    queryKey: ["logs", "facets", spanKey(range)],
    queryFn: ({ signal }) => call(LogService.method.listFacets, timesOf(range), { signal }),
    staleTime: 60_000,
    refetchOnWindowFocus: false,
    placeholderData: keepPreviousData,
  });
}

/** A record whole. It never changes, but its bodies may be removed. */
export function recordQuery(recordId: string) {
  return queryOptions({
    queryKey: ["logs", "record", recordId],
    queryFn: ({ signal }) => call(LogService.method.getRecord, { recordId, signals: true }, { signal }),
    staleTime: 300_000,
    refetchOnWindowFocus: false,
    retry: (failures, error) => !(error instanceof ApiError && error.status >= 400 && error.status < 500) && failures < 2,
  });
}

export const storageQuery = queryOptions({
  queryKey: ["logs", "storage"],
  queryFn: ({ signal }) => call(LogService.method.getLogStorage, {}, { signal }),
  staleTime: 0,
});

export function usePrune() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (request: { beforeUs: bigint; bodiesOnly: boolean }) => call(LogService.method.pruneRecords, request),
    onSuccess: () => client.invalidateQueries({ queryKey: ["logs"] }),
  });
}

export function useReplay() {
  return useMutation({
    mutationFn: ({ requestJson, model }: ReplayInput) => call(RoutingService.method.explainRoute, { requestJson, model }),
    meta: { ownsError: true },
  });
}
