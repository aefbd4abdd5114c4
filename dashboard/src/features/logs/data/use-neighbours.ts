import { useMemo } from "react";
import type { RequestRecord } from "@/gen/smartroute/v1/telemetry_pb";
import type { ChangeSearch } from "./use-logs-search";

/** From the open record to the one above and below it in the list. */
export function useNeighbours(rows: readonly RequestRecord[], recordId: string | undefined, change: ChangeSearch) {
  return useMemo(() => {
    const at = recordId === undefined ? -1 : rows.findIndex((record) => record.recordId === recordId);
    const go = (index: number) => {
      const next = at < 0 ? undefined : rows[index]?.recordId;
      return next === undefined ? undefined : () => change({ record: next }, { replace: true });
    };
    return { previous: go(at - 1), next: go(at + 1) };
  }, [rows, recordId, change]);
}
