import { infiniteQueryOptions, queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ConfigService, RoutingService } from "@/gen/smartroute/v1/admin_pb";
import { call } from "@/lib/api";
import { type ReplayView, replayView } from "../lib/replay-view";

export const mostMoves = 100;
const keptRuns = 6;
const revisionPage = 50;

export interface Candidate {
  /** A saved revision; undefined: the unsaved configuration. */
  revision?: number;
  /** How many things the unsaved configuration changes. */
  changes: number;
  /** The first of them: "router.mode = llm". */
  first?: string;
}

export interface Run extends Candidate {
  id: number;
  at: number;
  view: ReplayView;
}

export interface Wanted extends Candidate {
  /** The document to try; absent for a revision. */
  text?: string;
  since: number;
  until: number | "now";
  max: number;
}

export const revisions = infiniteQueryOptions({
  queryKey: ["what-if", "revisions"],
  queryFn: ({ pageParam, signal }) => call(ConfigService.method.listRevisions, { pageSize: revisionPage, before: pageParam }, { signal }),
  initialPageParam: 0n,
  getNextPageParam: (page) => (page.nextBefore === 0n ? undefined : page.nextBefore),
});

async function textOf(wanted: Wanted): Promise<string> {
  if (wanted.text !== undefined) return wanted.text;
  const config = await call(ConfigService.method.getConfig, { revision: BigInt(wanted.revision ?? 0) });
  return config.json;
}

async function replay(wanted: Wanted): Promise<ReplayView> {
  const answer = await call(RoutingService.method.replayRoutes, {
    candidate: { form: { case: "text", value: await textOf(wanted) } },
    sinceMs: BigInt(Math.floor(wanted.since)),
    untilMs: wanted.until === "now" ? 0n : BigInt(Math.floor(wanted.until)),
    maxRecords: wanted.max,
    maxMoves: mostMoves,
  });
  return replayView(answer);
}

// Runs outlive the page: one looks at a moved request in the log and comes back.
const runsQuery = queryOptions<Run[]>({ queryKey: ["what-if", "runs"], queryFn: () => [], initialData: [], staleTime: Number.POSITIVE_INFINITY, gcTime: Number.POSITIVE_INFINITY, enabled: false });

export function useRuns(): Run[] {
  return useQuery(runsQuery).data;
}

export function useReplay() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: replay,
    meta: { ownsError: true },
    onSuccess: (view, { revision, changes, first }) => {
      client.setQueryData(runsQuery.queryKey, (before: Run[] = []) => {
        const id = (before[0]?.id ?? 0) + 1;
        return [{ id, at: Date.now(), revision, changes, first, view }, ...before].slice(0, keptRuns);
      });
    },
  });
}
