import { queryOptions, useIsFetching, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { FleetService } from "@/gen/smartroute/v1/admin_pb";
import { call } from "@/lib/api";

const quietAfterMs = 1_200;

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

/** As useInstances(), but what the page itself asks for goes first. */
export function useInstancesLater() {
  const busy = useIsFetching() > 0;
  const [quiet, setQuiet] = useState(false);
  useEffect(() => {
    if (quiet || busy) return;
    const timer = setTimeout(() => setQuiet(true), quietAfterMs);
    return () => clearTimeout(timer);
  }, [busy, quiet]);
  return useQuery({ ...instancesQuery, enabled: quiet });
}
