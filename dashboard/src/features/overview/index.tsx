import { useTranslation } from "react-i18next";
import { ErrorState } from "@/components/error-state";
import { PageHeader } from "@/components/page-header";
import { StaleBanner } from "@/components/stale-banner";
import { HealthSection } from "./components/health-section";
import { InstancesSection } from "./components/instances-section";
import { OverviewActions } from "./components/overview-actions";
import { OverviewSkeleton } from "./components/overview-skeleton";
import { Summary } from "./components/summary";
import { useSummary } from "./data/queries";

export function OverviewPage() {
  const { t } = useTranslation("overview");
  const summary = useSummary();
  const retry = () => void summary.refetch();
  return (
    <div className="grid gap-4">
      <PageHeader title={t("title")} description={t("description")} actions={<OverviewActions />} />
      {summary.data === undefined ? (
        summary.isError ? <ErrorState error={summary.error} onRetry={retry} /> : <OverviewSkeleton />
      ) : (
        <>
          {summary.isError && <StaleBanner since={summary.dataUpdatedAt} error={summary.error} onRetry={retry} />}
          <Summary stats={summary.data} fading={summary.isPlaceholderData} />
        </>
      )}
      {!summary.isPending && (
        <>
          <HealthSection />
          <InstancesSection />
        </>
      )}
    </div>
  );
}
