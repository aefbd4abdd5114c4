import { Link } from "@tanstack/react-router";
import { FileSearch, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { EmptyState } from "@/components/empty-state";
import { RelativeTime } from "@/components/relative-time";
import { Alert, AlertDescription, AlertTitle } from "@/components/ui/alert";
import { Button } from "@/components/ui/button";
import { useFormat } from "@/hooks/use-format";
import type { Run } from "../data/queries";
import { useRunName } from "../data/use-run-name";
import { ModelName, TierName } from "./name-of";
import { MovesTable } from "./moves-table";
import { ShareBars } from "./share-bars";
import { Summary } from "./summary";

interface RunResultsProps {
  run: Run;
  /** Between the figures and the examples. */
  children?: ReactNode;
}

export function RunResults({ run, children }: RunResultsProps) {
  const { t } = useTranslation("what-if");
  const format = useFormat();
  const nameOf = useRunName();
  const { view } = run;
  if (view.decided === 0 && view.skipped === 0)
    return (
      <EmptyState
        icon={FileSearch}
        title={t("results.nothing")}
        description={t("results.nothingHint")}
        action={
          <Button asChild variant="outline" size="sm">
            <Link to="/playground">{t("results.ask")}</Link>
          </Button>
        }
      />
    );
  return (
    <section className="grid gap-4" aria-labelledby="what-if-result">
      <div className="flex flex-wrap items-baseline justify-between gap-2">
        <h2 id="what-if-result" className="text-base font-semibold">
          {nameOf(run)}
        </h2>
        <p className="text-xs text-muted-foreground">
          {t("results.took", { time: format.duration(view.seconds * 1000) })} · <RelativeTime ms={run.at} />
        </p>
      </div>
      {!view.complete && (
        <Alert variant="warn" role="status">
          <TriangleAlert aria-hidden />
          <AlertTitle>{t("results.incomplete")}</AlertTitle>
          <AlertDescription>{t("results.incompleteHint", { count: view.decided + view.skipped, number: format.number(view.decided + view.skipped) })}</AlertDescription>
        </Alert>
      )}
      {view.skipped > 0 && <p className="text-sm text-muted-foreground">{t("results.skipped", { count: view.skipped, number: format.number(view.skipped) })}</p>}
      <Summary view={view} />
      <div className="grid items-start gap-4 2xl:grid-cols-2">
        <ShareBars title={t("shares.tiers")} rows={view.tiers} nameOf={(row) => <TierName name={row.name} />} />
        <ShareBars
          title={t("shares.models")}
          rows={view.models}
          nameOf={(row) => <ModelName name={row.name} />}
          note={view.restOfModels > 0 ? t("shares.rest", { count: view.restOfModels }) : t("shares.modelsNote")}
        />
      </div>
      {children}
      <MovesTable key={run.id} view={view} />
    </section>
  );
}
