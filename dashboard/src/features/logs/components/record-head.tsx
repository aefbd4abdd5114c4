import { Link } from "@tanstack/react-router";
import { ArrowDown, ArrowUp, FlaskConical } from "lucide-react";
import { useTranslation } from "react-i18next";
import { CopyButton } from "@/components/copy-button";
import { ProviderTag } from "@/components/provider-tag";
import { StatusBadge } from "@/components/status-badge";
import { TierBadge } from "@/components/tier-badge";
import { Button } from "@/components/ui/button";
import { SheetTitle } from "@/components/ui/sheet";
import type { RequestRecord } from "@/gen/smartroute/v1/telemetry_pb";
import { useFormat } from "@/hooks/use-format";
import { known } from "../lib/known";
import { durationOf, msOf } from "../lib/measures";
import type { Steps } from "./record-drawer";

type RecordHeadProps = { record: RequestRecord; steps: Steps };

/** What became of the request, and the ways on from here. */
export function RecordHead({ record, steps }: RecordHeadProps) {
  const { t } = useTranslation("logs");
  const { t: common } = useTranslation("common");
  const format = useFormat();
  const at = msOf(record.receivedUs);
  const took = durationOf(record);
  const ending = known.endings.has(record.ending) ? common(`endings.${record.ending}`) : record.ending.replaceAll("_", " ");
  const isChat = record.endpoint === "chat_completions";
  const link = () => new URL(`/logs?record=${encodeURIComponent(record.recordId)}`, window.location.href).href;
  return (
    <header className="grid gap-2 p-4 pr-12 pb-3">
      <SheetTitle className="flex flex-wrap items-center gap-2">
        <StatusBadge status={record.status} ending={record.ending} />
        {isChat && <TierBadge tier={record.tier} />}
        {record.model === "" ? <span>{isChat ? t("noModelAnswered") : t(`endpoint.${record.endpoint}`)}</span> : <ProviderTag provider={record.provider} model={record.model} />}
      </SheetTitle>
      <p className="text-sm text-muted-foreground">
        {ending}
        {took !== undefined && ` · ${format.duration(took)}`}
        {" · "}
        <time dateTime={new Date(at).toISOString()}>{format.dateTime(at)}</time>
      </p>
      {record.error !== "" && <p className="rounded-md bg-bad-soft px-2.5 py-1.5 text-sm break-words text-bad">{record.error}</p>}
      <div className="flex flex-wrap items-center gap-1">
        <code className="mr-1 max-w-full truncate rounded bg-muted px-1.5 py-0.5 text-xs">{record.requestId}</code>
        <CopyButton text={record.requestId} label={t("copyId")} />
        <CopyButton text={link} label={t("copyLink")} showLabel />
        {isChat && (
          <Button asChild variant="ghost" size="sm">
            <Link to="/playground" search={{ record: record.recordId } as never}>
              <FlaskConical aria-hidden />
              {t("openInPlayground")}
            </Link>
          </Button>
        )}
        <span className="ml-auto flex gap-1">
          <Button variant="outline" size="icon" className="size-8" disabled={!steps.previous} aria-label={t("previous")} title={`${t("previous")} (k)`} onClick={steps.previous}>
            <ArrowUp aria-hidden />
          </Button>
          <Button variant="outline" size="icon" className="size-8" disabled={!steps.next} aria-label={t("next")} title={`${t("next")} (j)`} onClick={steps.next}>
            <ArrowDown aria-hidden />
          </Button>
        </span>
      </div>
    </header>
  );
}
