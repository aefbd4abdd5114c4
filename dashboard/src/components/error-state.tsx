import { RotateCw, TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { errorText } from "@/lib/error-text";
import { cn } from "@/lib/utils";

type ErrorStateProps = { error: unknown; onRetry?: (() => void) | undefined; title?: string; className?: string };

/** What failed, and another try. */
export function ErrorState({ error, onRetry, title, className }: ErrorStateProps) {
  const { t } = useTranslation("common");
  return (
    <div
      role="alert"
      className={cn("flex flex-col items-center justify-center gap-3 rounded-xl border border-dashed px-6 py-10 text-center", className)}
    >
      <TriangleAlert aria-hidden className="size-7 text-bad" />
      <div className="max-w-prose">
        <p className="font-medium">{title ?? t("errorTitle")}</p>
        <p className="mt-1 text-sm break-words text-muted-foreground">{errorText(error, t)}</p>
      </div>
      {onRetry && (
        <Button variant="outline" size="sm" onClick={onRetry}>
          <RotateCw aria-hidden />
          {t("retry")}
        </Button>
      )}
    </div>
  );
}
