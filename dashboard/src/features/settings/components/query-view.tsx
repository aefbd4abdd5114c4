import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { ErrorState } from "@/components/error-state";
import { StaleBanner } from "@/components/stale-banner";
import { Skeleton } from "@/components/ui/skeleton";

interface QueryViewProps<T> {
  query: UseQueryResult<T>;
  children: (data: T) => ReactNode;
}

/** Waiting, failed, or there; and there but old, when it could not be asked for anew. */
export function QueryView<T>({ query, children }: QueryViewProps<T>) {
  const retry = () => void query.refetch();
  if (query.data === undefined) {
    if (query.isError) return <ErrorState error={query.error} onRetry={retry} />;
    return (
      <div className="grid gap-2" aria-busy>
        {[0, 1, 2].map((row) => (
          <Skeleton key={row} className="h-11" />
        ))}
      </div>
    );
  }
  return (
    <div className="grid gap-3">
      {query.isError && <StaleBanner since={query.dataUpdatedAt} error={query.error} onRetry={retry} />}
      {children(query.data)}
    </div>
  );
}
