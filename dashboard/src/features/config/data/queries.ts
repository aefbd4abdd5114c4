import { keepPreviousData, useInfiniteQuery, useMutation, useQuery } from "@tanstack/react-query";
import { ConfigService, FleetService, ProviderService, RoutingService } from "@/gen/smartroute/v1/admin_pb";
import { call } from "@/lib/api";

const textSource = (text: string) => ({ form: { case: "text" as const, value: text } });

export function useRevisions(newest: bigint) {
  return useInfiniteQuery({
    queryKey: ["config", "revisions", String(newest)],
    queryFn: ({ pageParam, signal }) => call(ConfigService.method.listRevisions, { pageSize: 50, before: pageParam }, { signal }),
    initialPageParam: 0n,
    getNextPageParam: (page) => (page.nextBefore === 0n ? undefined : page.nextBefore),
    placeholderData: keepPreviousData,
  });
}

export function useRevisionDiff(from: bigint, to: bigint) {
  return useQuery({
    queryKey: ["config", "diff", String(from), String(to)],
    queryFn: ({ signal }) => call(ConfigService.method.diffRevisions, { from, to }, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export function useDocuments(revision: bigint) {
  return useQuery({
    queryKey: ["config", "documents", String(revision)],
    queryFn: ({ signal }) => call(ConfigService.method.getConfig, { revision }, { signal }),
    enabled: revision > 0n,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export function useRollback() {
  return useMutation({
    mutationFn: (to: { revision: bigint; base: bigint; note: string }) =>
      call(ConfigService.method.rollback, { to: to.revision, baseRevision: to.base, note: to.note }),
  });
}

export function useProviderTest() {
  return useMutation({
    mutationFn: ({ text, provider }: { text: string; provider: string }) =>
      call(ProviderService.method.testProvider, { source: textSource(text), provider }),
    meta: { ownsError: true },
  });
}

/** Where a prompt would go by a configuration that need not be saved. */
export function useExplained(prompt: string, text: string, sound: boolean) {
  return useQuery({
    queryKey: ["config", "explain", prompt, text],
    queryFn: ({ signal }) =>
      call(
        RoutingService.method.explainRoute,
        { requestJson: JSON.stringify({ messages: [{ role: "user", content: prompt }] }), model: "auto", source: textSource(text) },
        { signal },
      ),
    enabled: sound && prompt.trim() !== "",
    placeholderData: keepPreviousData,
    retry: false,
    gcTime: 0,
  });
}

export function useProxies() {
  return useQuery({
    queryKey: ["config", "proxies"],
    queryFn: ({ signal }) => call(FleetService.method.listInstances, {}, { signal }),
    staleTime: 10_000,
  });
}
