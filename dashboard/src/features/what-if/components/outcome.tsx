import { FlaskConical } from "lucide-react";
import { useTranslation } from "react-i18next";
import { EmptyState } from "@/components/empty-state";
import { ErrorState } from "@/components/error-state";
import { StaleBanner } from "@/components/stale-banner";
import { Skeleton } from "@/components/ui/skeleton";
import { ApiError } from "@/lib/api";
import type { Run } from "../data/queries";
import { ProblemList } from "./problem-list";
import { RunComparison } from "./run-comparison";
import { RunResults } from "./run-results";

interface OutcomeProps {
  runs: Run[];
  pending: boolean;
  error: unknown;
  onRetry: () => void;
}

function Waiting() {
  return (
    <div className="grid gap-4" aria-busy>
      <div className="grid gap-3 sm:grid-cols-2 2xl:grid-cols-4">
        {[0, 1, 2, 3].map((tile) => (
          <Skeleton key={tile} className="h-28" />
        ))}
      </div>
      <Skeleton className="h-64" />
    </div>
  );
}

/** The newest run, and how it differs from those before it. */
export function Outcome({ runs, pending, error, onRetry }: OutcomeProps) {
  const { t } = useTranslation("what-if");
  const [newest, ...earlier] = runs;
  const problems = error instanceof ApiError ? error.problems : [];
  if (pending) return <Waiting />;
  return (
    <div className="grid gap-4">
      {problems.length > 0 && <ProblemList problems={problems} />}
      {error !== null && problems.length === 0 && (newest ? <StaleBanner since={newest.at} error={error} onRetry={onRetry} /> : <ErrorState error={error} onRetry={onRetry} />)}
      {newest && <RunResults run={newest}>{earlier.length > 0 && <RunComparison run={newest} others={earlier} />}</RunResults>}
      {!newest && error === null && <EmptyState icon={FlaskConical} title={t("empty.title")} description={t("empty.description")} />}
    </div>
  );
}
