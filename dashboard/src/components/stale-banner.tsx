import { CloudOff, RotateCw } from "lucide-react";
import { useTranslation } from "react-i18next";
import { RelativeTime } from "@/components/relative-time";
import { Button } from "@/components/ui/button";
import { errorText } from "@/lib/error-text";

type StaleBannerProps = {
  /** When what is shown was true; a query's dataUpdatedAt. */
  since?: number | undefined;
  error?: unknown;
  onRetry?: (() => void) | undefined;
};

/** Over data that could not be refreshed: it stays, and says how old it is. */
export function StaleBanner({ since, error, onRetry }: StaleBannerProps) {
  const { t } = useTranslation("common");
  return (
    <div role="status" className="flex flex-wrap items-center gap-x-3 gap-y-1 rounded-lg border border-warn/25 bg-warn-soft px-3 py-2 text-sm">
      <CloudOff aria-hidden className="size-4 shrink-0 text-warn" />
      <span className="min-w-0 flex-1 break-words">
        {t("stale")}{" "}
        {since !== undefined && since > 0 && (
          <>
            {t("staleSince")} <RelativeTime ms={since} />
            {". "}
          </>
        )}
        {error !== undefined && error !== null && <span className="text-foreground/80">{errorText(error, t)}</span>}
      </span>
      {onRetry && (
        <Button variant="ghost" size="sm" onClick={onRetry}>
          <RotateCw aria-hidden />
          {t("retry")}
        </Button>
      )}
    </div>
  );
}
