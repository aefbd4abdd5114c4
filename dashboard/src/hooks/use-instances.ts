import { queryOptions, useQuery } from "@tanstack/react-query";
import { FleetService } from "@/gen/smartroute/v1/admin_pb";
import { call } from "@/lib/api";

export const instancesQuery = queryOptions({
  queryKey: ["instances"],
  queryFn: ({ signal }) => call(FleetService.method.listInstances, {}, { signal }),
  refetchInterval: 5_000,
  staleTime: 4_000,
});

/** The data planes and the newest revision, every few seconds; one poll, however many look. */
export function useInstances() {
  return useQuery(instancesQuery);
}
