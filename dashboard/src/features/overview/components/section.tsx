import type { ReactNode } from "react";
import { ErrorState } from "@/components/error-state";
import { StaleBanner } from "@/components/stale-banner";
import { Card, CardAction, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { Skeleton } from "@/components/ui/skeleton";
import { cn } from "@/lib/utils";

type Props = { title: string; description?: ReactNode; action?: ReactNode; className?: string; children: ReactNode };

export function Section({ title, description, action, className, children }: Props) {
  return (
    <Card className={cn("min-w-0", className)}>
      <CardHeader>
        <CardTitle>{title}</CardTitle>
        {description && <CardDescription>{description}</CardDescription>}
        {action && <CardAction>{action}</CardAction>}
      </CardHeader>
      <CardContent className="min-w-0">{children}</CardContent>
    </Card>
  );
}

type Asked<T> = { data: T | undefined; error: unknown; isError: boolean; isPlaceholderData?: boolean; dataUpdatedAt: number; refetch: () => unknown };
type LoadedProps<T> = { query: Asked<T>; height: number; children: (data: T) => ReactNode };

/** What was asked for, or why it is not there: a skeleton, an error with another try, or old data under a banner. */
export function Loaded<T>({ query, height, children }: LoadedProps<T>) {
  if (query.data === undefined) {
    if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} className="py-6" />;
    return <Skeleton className="w-full" style={{ height }} />;
  }
  return (
    <div className={cn("flex flex-col gap-3 transition-opacity", query.isPlaceholderData && "opacity-60")}>
      {query.isError && <StaleBanner since={query.dataUpdatedAt} error={query.error} onRetry={() => void query.refetch()} />}
      {children(query.data)}
    </div>
  );
}
