import { queryOptions } from "@tanstack/react-query";
import { AboutService, LogService, RoutingService } from "@/gen/smartroute/v1/admin_pb";
import { call } from "@/lib/api";
import { isTransient } from "@/lib/query-client";

// A record is sent to the control plane behind the answer: a moment later as a rule, more when it was away.
const patience = 14;

class NotYet extends Error {}

export function recordOfAnswer(requestId: string | undefined) {
  return queryOptions({
    queryKey: ["playground", "record", requestId],
    // Looked for in the list, where one that has not come yet is no failure.
    queryFn: async ({ signal }) => {
      const { records } = await call(LogService.method.listRecords, { pageSize: 1, filter: { requestId: requestId ?? "" } }, { signal });
      if (!records[0]) throw new NotYet();
      return records[0];
    },
    enabled: requestId !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
    retry: (failures, error) => (error instanceof NotYet || isTransient(error)) && failures < patience,
    retryDelay: (failures) => Math.min(3_000, 250 * 1.5 ** failures),
  });
}

export function recordedRequest(recordId: string) {
  return queryOptions({
    queryKey: ["playground", "recorded", recordId],
    queryFn: ({ signal }) => call(LogService.method.getRecord, { recordId }, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
}

export interface Explained {
  requestJson: string;
  /** The unsaved configuration as a document; undefined: the saved one. */
  draft?: string;
}

export function explainRoute({ requestJson, draft }: Explained, signal?: AbortSignal) {
  const source = draft === undefined ? undefined : { form: { case: "text" as const, value: draft } };
  return call(RoutingService.method.explainRoute, { requestJson, source }, { signal });
}

/** Where the gateway listens, for programs. */
export const addresses = queryOptions({
  queryKey: ["playground", "addresses"],
  queryFn: ({ signal }) => call(AboutService.method.getAbout, {}, { signal }),
  staleTime: 60_000,
});
