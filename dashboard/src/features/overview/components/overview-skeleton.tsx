import { Skeleton } from "@/components/ui/skeleton";
import { kpiKeys } from "../lib/kpis";
import { kpiGridClasses } from "./kpi-grid";

/** Of the size of what comes. */
export function OverviewSkeleton() {
  return (
    <div className="grid gap-4" aria-hidden>
      <div className={kpiGridClasses}>
        {kpiKeys.map((key) => (
          <Skeleton key={key} className="h-34 rounded-xl" />
        ))}
      </div>
      <Skeleton className="h-96 rounded-xl" />
      <div className="grid gap-4 xl:grid-cols-2">
        <Skeleton className="h-80 rounded-xl" />
        <Skeleton className="h-80 rounded-xl" />
      </div>
    </div>
  );
}
