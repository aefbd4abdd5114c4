import { ArrowRight, Equal, Play, Shuffle } from "lucide-react";
import { useTranslation } from "react-i18next";
import { ErrorState } from "@/components/error-state";
import { TierBadge } from "@/components/tier-badge";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import type { ExplainRouteResponse } from "@/gen/smartroute/v1/admin_pb";
import type { RequestRecord } from "@/gen/smartroute/v1/telemetry_pb";
import { useFormat } from "@/hooks/use-format";
import { useRouteReason } from "@/hooks/use-route-reason";
import { useReplay } from "../data/queries";
import { compareReplay, replayInput } from "../lib/why";
import { SectionCard } from "./section-card";

/** Where the same request would go now. Nothing is called for it. */
export function ReplayCard({ record }: { record: RequestRecord }) {
  const { t } = useTranslation("logs");
  const replay = useReplay();
  if (record.endpoint !== "chat_completions") return null;
  const input = replayInput(record);
  return (
    <SectionCard icon={Shuffle} title={t("replay.title")}>
      <p className="mb-3 text-sm text-muted-foreground">{t(input ? `replay.from.${input.from}` : "replay.impossible")}</p>
      {input && (
        <Button size="sm" variant="outline" disabled={replay.isPending} aria-busy={replay.isPending} onClick={() => replay.mutate(input)}>
          <Play aria-hidden />
          {t("replay.run")}
        </Button>
      )}
      <div aria-live="polite">
        {replay.isError && <ErrorState error={replay.error} className="mt-3" onRetry={input ? () => replay.mutate(input) : undefined} />}
        {replay.data && <Comparison record={record} now={replay.data} />}
      </div>
    </SectionCard>
  );
}

type ComparisonProps = { record: RequestRecord; now: ExplainRouteResponse };

function Comparison({ record, now }: ComparisonProps) {
  const { t } = useTranslation("logs");
  const format = useFormat();
  const reasonOf = useRouteReason();
  const { sameTier, sameModel, thenFirst, nowFirst } = compareReplay(record, now);
  const Mark = sameTier && sameModel ? Equal : ArrowRight;
  return (
    <div className="mt-3 grid gap-2">
      <div className="grid items-stretch gap-2 sm:grid-cols-[1fr_auto_1fr]">
        <Route label={t("replay.then", { revision: format.number(record.configRevision) })} tier={record.tier} model={thenFirst} reason={reasonOf(record.reason)} />
        <Mark aria-hidden className="hidden size-5 self-center text-muted-foreground sm:block" />
        <Route label={t("replay.now", { revision: format.number(now.revision) })} tier={now.tier} model={nowFirst} reason={reasonOf(now.reason)} />
      </div>
      <p className="flex flex-wrap items-center gap-2 text-sm">
        <Badge variant={sameTier ? "secondary" : "warn"}>{t(sameTier ? "replay.sameTier" : "replay.otherTier")}</Badge>
        <Badge variant={sameModel ? "secondary" : "warn"}>{t(sameModel ? "replay.sameModel" : "replay.otherModel")}</Badge>
        {now.wouldCallJudge && <span className="text-xs text-muted-foreground">{t("replay.judge")}</span>}
      </p>
      {record.model !== "" && record.model !== thenFirst && <p className="text-xs text-muted-foreground">{t("replay.answered", { model: record.model })}</p>}
      <p className="text-xs text-muted-foreground">{t("replay.note")}</p>
    </div>
  );
}

type RouteProps = { label: string; tier: string; model: string; reason: string };

function Route({ label, tier, model, reason }: RouteProps) {
  const { t } = useTranslation("logs");
  return (
    <div className="grid content-start gap-1.5 rounded-lg border p-3">
      <p className="text-xs font-medium text-muted-foreground">{label}</p>
      <p className="flex flex-wrap items-center gap-2">
        <TierBadge tier={tier} />
        <code className="text-[0.8125rem] break-all">{model || t("replay.noModel")}</code>
      </p>
      <p className="text-xs break-words text-muted-foreground">{reason}</p>
    </div>
  );
}
