import { useQueryErrorResetBoundary } from "@tanstack/react-query";
import { type ErrorComponentProps, useRouter } from "@tanstack/react-router";
import { RefreshCw } from "lucide-react";
import { useTranslation } from "react-i18next";
import { EmptyState } from "@/components/empty-state";
import { ErrorState } from "@/components/error-state";
import { Button } from "@/components/ui/button";
import { isMissingChunk } from "./missing-chunk";

/** Instead of a page that broke; the rest of the screen stays. */
export function PageError({ error, reset }: ErrorComponentProps) {
  const { t } = useTranslation("common");
  const router = useRouter();
  const queries = useQueryErrorResetBoundary();
  if (isMissingChunk(error)) {
    return (
      <EmptyState
        icon={RefreshCw}
        title={t("newVersion.title")}
        description={t("newVersion.text")}
        action={<Button onClick={() => window.location.reload()}>{t("newVersion.reload")}</Button>}
      />
    );
  }
  const retry = () => {
    queries.reset();
    reset();
    void router.invalidate();
  };
  return (
    <>
      <h1 className="sr-only" tabIndex={-1}>
        {t("pageBroke")}
      </h1>
      <ErrorState error={error} title={t("pageBroke")} onRetry={retry} />
    </>
  );
}
