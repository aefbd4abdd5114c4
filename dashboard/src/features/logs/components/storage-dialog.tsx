import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { ErrorState } from "@/components/error-state";
import { RelativeTime } from "@/components/relative-time";
import { Dialog, DialogContent, DialogDescription, DialogHeader, DialogTitle } from "@/components/ui/dialog";
import { Progress } from "@/components/ui/progress";
import { Skeleton } from "@/components/ui/skeleton";
import type { LogStorage } from "@/gen/smartroute/v1/admin_pb";
import { useFormat } from "@/hooks/use-format";
import { useSession } from "@/hooks/use-session";
import { storageQuery } from "../data/queries";
import { PruneForm } from "./prune-form";
import { Fact } from "./section-card";

/** How much the log holds, and for administrators the way to make it less. */
export function StorageDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("logs");
  const { isAdmin } = useSession();
  const { data, error, refetch } = useQuery(storageQuery);
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()}>
      <DialogContent>
        <DialogHeader>
          <DialogTitle>{t("storage.title")}</DialogTitle>
          <DialogDescription>{t("storage.description")}</DialogDescription>
        </DialogHeader>
        {data ? <Figures storage={data} /> : error ? <ErrorState error={error} onRetry={() => void refetch()} /> : <Skeleton className="h-44" />}
        {isAdmin && data && data.records > 0n && <PruneForm storage={data} />}
      </DialogContent>
    </Dialog>
  );
}

function Figures({ storage }: { storage: LogStorage }) {
  const { t } = useTranslation("logs");
  const format = useFormat();
  const time = (us: bigint) => (us > 0n ? <RelativeTime ms={us / 1000n} /> : "–");
  const share = storage.maxBytes > 0n ? (Number(storage.bytes) / Number(storage.maxBytes)) * 100 : 0;
  return (
    <div className="grid gap-3">
      <div className="grid gap-1.5">
        <p className="flex justify-between gap-3 text-sm">
          <span>{t("storage.used")}</span>
          <span className="tabular-nums">
            {storage.maxBytes > 0n ? t("storage.of", { used: format.bytes(storage.bytes), max: format.bytes(storage.maxBytes) }) : format.bytes(storage.bytes)}
          </span>
        </p>
        <Progress value={share} aria-label={t("storage.used")} />
      </div>
      <dl className="divide-y divide-border/60">
        <Fact name={t("storage.records")}>
          <span className="tabular-nums">{format.number(storage.records)}</span>
        </Fact>
        <Fact name={t("storage.bodies")}>
          <span className="tabular-nums">{format.bytes(storage.bodyBytes)}</span>
        </Fact>
        <Fact name={t("storage.rollups")}>
          <span className="tabular-nums">{format.bytes(storage.rollupBytes)}</span>
        </Fact>
        <Fact name={t("storage.oldest")}>{time(storage.oldestUs)}</Fact>
        <Fact name={t("storage.oldestBody")}>{time(storage.oldestBodyUs)}</Fact>
      </dl>
    </div>
  );
}
