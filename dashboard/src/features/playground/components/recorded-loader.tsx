import { useQuery } from "@tanstack/react-query";
import { useEffect, useEffectEvent } from "react";
import { useTranslation } from "react-i18next";
import { ErrorState } from "@/components/error-state";
import { EmptyState } from "@/components/empty-state";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { FileX } from "lucide-react";
import { recordedRequest } from "../data/queries";
import { readRecorded, type Recorded } from "../lib/recorded";

interface RecordedLoaderProps {
  recordId: string;
  onLoaded: (recorded: Recorded) => void;
  onDismiss: () => void;
}

/** Fetches a recorded request, hands it over once, and says why not if it cannot. */
export function RecordedLoader({ recordId, onLoaded, onDismiss }: RecordedLoaderProps) {
  const { t } = useTranslation("playground");
  const record = useQuery(recordedRequest(recordId));
  const found = record.data?.record;
  const recorded = found && !found.requestCut && found.requestBody.length > 0 ? readRecorded(new TextDecoder().decode(found.requestBody)) : undefined;
  const handOver = useEffectEvent(() => {
    if (recorded) onLoaded(recorded);
  });
  useEffect(() => {
    if (found) handOver();
  }, [found]);
  if (record.isError) return <ErrorState error={record.error} onRetry={() => void record.refetch()} />;
  if (!found) return <Skeleton className="h-28 w-full" />;
  if (recorded) return null;
  const why = found.requestCut ? "cut" : found.requestBody.length === 0 ? "noBody" : "noChat";
  return (
    <EmptyState
      icon={FileX}
      title={t("recorded.failed")}
      description={t(`recorded.${why}`)}
      action={
        <Button variant="outline" size="sm" onClick={onDismiss}>
          {t("recorded.dismiss")}
        </Button>
      }
    />
  );
}
