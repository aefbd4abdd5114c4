import { GitCompareArrows, RotateCcw } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { UnifiedDiff } from "@/components/config-draft/unified-diff";
import { EmptyState } from "@/components/empty-state";
import { ErrorState } from "@/components/error-state";
import { RelativeTime } from "@/components/relative-time";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import type { Revision } from "@/gen/smartroute/v1/admin_pb";
import { useConfigDraft } from "@/lib/config-draft";
import { cn } from "@/lib/utils";
import { useRevisionDiff, useRevisions } from "../data/queries";
import { useEditable, usePlace } from "../data/use-config";
import { RollbackDialog } from "./rollback-dialog";

interface RevisionRowProps {
  revision: Revision;
  newest: boolean;
  shown: boolean;
  onShow: () => void;
}

function RevisionRow({ revision, newest, shown, onShow }: RevisionRowProps) {
  const { t } = useTranslation("config");
  return (
    <li>
      <button
        type="button"
        aria-pressed={shown}
        onClick={onShow}
        className={cn("focus-ring grid w-full gap-0.5 rounded-lg border border-transparent px-3 py-2 text-left hover:bg-accent/60", shown && "border-primary/50 bg-accent")}
      >
        <span className="flex items-center gap-2 text-sm font-medium tabular-nums">
          {t("history.revision", { number: String(revision.number) })}
          {newest && <Badge variant="good">{t("history.newest")}</Badge>}
          {revision.rollbackOf > 0n && (
            <Badge variant="outline">
              <RotateCcw aria-hidden />
              {t("history.rollbackOf", { number: String(revision.rollbackOf) })}
            </Badge>
          )}
        </span>
        {revision.note && <span className="line-clamp-2 text-sm break-words">{revision.note}</span>}
        <span className="text-xs text-muted-foreground">
          {revision.author || t("history.unknown")} · <RelativeTime ms={revision.createdAtMs} />
        </span>
      </button>
    </li>
  );
}

function Compared({ from, to }: { from: bigint; to: bigint }) {
  const { t } = useTranslation("config");
  const diff = useRevisionDiff(from, to);
  if (diff.isPending) return <Skeleton className="h-64" />;
  if (diff.isError) return <ErrorState error={diff.error} onRetry={() => void diff.refetch()} />;
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-3">
      <p className="text-sm text-muted-foreground">{t("history.changes", { count: diff.data.changes.length })}</p>
      <UnifiedDiff text={diff.data.unified} label={t("history.diff", { from: String(from), to: String(to) })} />
    </div>
  );
}

export function HistorySection() {
  const { t } = useTranslation("config");
  const { newest } = useConfigDraft();
  const { search, show } = usePlace();
  const editable = useEditable();
  const revisions = useRevisions(newest);
  const [rolling, setRolling] = useState(false);
  if (revisions.isPending) return <Skeleton className="h-96" />;
  if (revisions.isError) return <ErrorState error={revisions.error} onRetry={() => void revisions.refetch()} />;
  const all = revisions.data.pages.flatMap((page) => page.revisions);
  if (all.length === 0) return <EmptyState icon={GitCompareArrows} title={t("history.emptyTitle")} description={t("history.empty")} />;
  const shown = search.revision === undefined ? newest : BigInt(search.revision);
  const against = search.against === undefined ? (all.find((one) => one.number === shown)?.base ?? 0n) : BigInt(search.against);
  const compare = (number: string) => show("history", { revision: Number(shown), against: Number(number) });
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 lg:grid-cols-[18rem_minmax(0,1fr)]">
      <div className="grid gap-2">
        <ul aria-label={t("sections.history")} className="grid max-h-[75vh] gap-1 overflow-y-auto p-0.5">
          {all.map((revision) => (
            <RevisionRow key={String(revision.number)} revision={revision} newest={revision.number === newest} shown={revision.number === shown} onShow={() => show("history", { revision: Number(revision.number) })} />
          ))}
        </ul>
        {revisions.hasNextPage && (
          <Button variant="outline" size="sm" disabled={revisions.isFetchingNextPage} onClick={() => void revisions.fetchNextPage()}>
            {t("history.more")}
          </Button>
        )}
      </div>
      <div className="grid min-w-0 grid-cols-[minmax(0,1fr)] gap-3">
        <div className="flex flex-wrap items-center justify-between gap-2">
          <label className="flex items-center gap-2 text-sm">
            {t("history.compare")}
            <select className="focus-ring h-8 rounded-md border border-input bg-card px-2 text-sm tabular-nums" value={String(against)} onChange={(event) => compare(event.target.value)}>
              {[...new Set([...all.map((one) => one.number), against])]
                .filter((number) => number !== shown && number > 0n)
                .map((number) => (
                  <option key={String(number)} value={String(number)}>
                    {t("history.revision", { number: String(number) })}
                  </option>
                ))}
              <option value="0">{t("history.nothing")}</option>
            </select>
          </label>
          {shown !== newest && (
            <Button variant="outline" size="sm" disabled={!editable} onClick={() => setRolling(true)}>
              <RotateCcw aria-hidden />
              {t("history.rollback", { number: String(shown) })}
            </Button>
          )}
        </div>
        <Compared from={against} to={shown} />
      </div>
      {rolling && <RollbackDialog to={shown} onClose={() => setRolling(false)} />}
    </div>
  );
}
