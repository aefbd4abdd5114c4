import { Skeleton } from "@/components/ui/skeleton";
import { PageSkeleton } from "./page-skeleton";

export function ShellSkeleton() {
  return (
    <div className="flex min-h-dvh">
      <div className="hidden w-56 shrink-0 flex-col gap-2 bg-sidebar p-3 lg:flex">
        <Skeleton className="mb-4 h-8 w-32" />
        {["a", "b", "c", "d", "e", "f", "g"].map((name) => (
          <Skeleton key={name} className="h-8" />
        ))}
      </div>
      <div className="flex min-w-0 flex-1 flex-col">
        <div className="h-13 border-b" />
        <main className="p-4 sm:p-6">
          <PageSkeleton />
        </main>
      </div>
    </div>
  );
}
