import { keepPreviousData, queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { AboutService, HealthService, StatsService } from "@/gen/smartroute/v1/admin_pb";
import { instancesQuery } from "@/hooks/use-instances";
import { useRange } from "@/hooks/use-range";
import { call } from "@/lib/api";
import { presetMs, type Range } from "@/lib/range";
import { useViewSettings } from "./view-settings";

export type Dimension = "tier" | "model" | "provider" | "key" | "error" | "attempt";
const noPoints = -1n;
const automatic = 0n;
/** What stands further down the page may be this old. */
const detailsMs = 30_000;

const rangeKey = (range: Range) => range.preset ?? [range.since, range.until];

/** A preset reaches up to the moment of the call. */
function spanOf(range: Range): { sinceMs: bigint; untilMs: bigint } {
  const since = range.preset ? Date.now() - presetMs[range.preset] : range.since;
  return { sinceMs: BigInt(Math.floor(since)), untilMs: range.until === "now" ? 0n : BigInt(Math.floor(range.until)) };
}

function summaryQuery(range: Range) {
  return queryOptions({
    queryKey: ["overview", "summary", rangeKey(range)],
    queryFn: ({ signal }) =>
      call(StatsService.method.getStats, { ...spanOf(range), stepMs: automatic, compare: true }, { signal }),
    placeholderData: keepPreviousData,
  });
}

function dimensionQuery(range: Range, dimension: Dimension) {
  return queryOptions({
    queryKey: ["overview", "dimension", dimension, rangeKey(range)],
    queryFn: ({ signal }) => call(StatsService.method.getStats, { ...spanOf(range), stepMs: noPoints, dimension }, { signal }),
    placeholderData: keepPreviousData,
  });
}

/** Whether there ever was a model request; /v1/models is none. */
const everQuery = queryOptions({
  queryKey: ["overview", "ever"],
  queryFn: async ({ signal }) => {
    const stats = await call(StatsService.method.getStats, { sinceMs: 0n, stepMs: noPoints, dimension: "tier" }, { signal });
    return stats.series.some((one) => (one.totals?.requests ?? 0n) > 0n);
  },
});

const healthQuery = queryOptions({
  queryKey: ["overview", "health"],
  queryFn: ({ signal }) => call(HealthService.method.listModelHealth, {}, { signal }),
});

const aboutQuery = queryOptions({
  queryKey: ["about"],
  queryFn: ({ signal }) => call(AboutService.method.getAbout, {}, { signal }),
  retry: false,
  staleTime: 60_000,
});

/** How often to ask again: not at all for a span that is over. Hidden tabs never ask. */
function useInterval(atLeast = 0): number | false {
  const { refreshMs } = useViewSettings();
  const { range } = useRange();
  return refreshMs === 0 || range.until !== "now" ? false : Math.max(refreshMs, atLeast);
}

export function useSummary() {
  const { range } = useRange();
  return useQuery({ ...summaryQuery(range), refetchInterval: useInterval() });
}

export function useDimension(dimension: Dimension, enabled: boolean) {
  const { range } = useRange();
  return useQuery({ ...dimensionQuery(range, dimension), enabled, refetchInterval: useInterval(detailsMs) });
}

export function useEver() {
  return useQuery({ ...everQuery, refetchInterval: useInterval() });
}

export function useHealth(enabled: boolean) {
  const { refreshMs } = useViewSettings();
  return useQuery({ ...healthQuery, enabled, refetchInterval: refreshMs === 0 ? false : refreshMs });
}

export function useAbout() {
  return useQuery(aboutQuery);
}

export function useResetHealth() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (model: string) => call(HealthService.method.resetModelHealth, { model }),
    onSuccess: () => client.invalidateQueries({ queryKey: healthQuery.queryKey }),
  });
}

/** Asks for all that is on show anew. */
export function useRefreshAll(): () => void {
  const client = useQueryClient();
  return () => {
    void client.invalidateQueries({ queryKey: ["overview"] });
    void client.invalidateQueries({ queryKey: instancesQuery.queryKey });
  };
}
