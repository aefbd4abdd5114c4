import { RotateCcw } from "lucide-react";
import { useTranslation } from "react-i18next";
import { ProviderTag } from "@/components/provider-tag";
import { StatusBadge } from "@/components/status-badge";
import { TierBadge } from "@/components/tier-badge";
import { Unit } from "@/components/unit";
import type { RequestRecord } from "@/gen/smartroute/v1/telemetry_pb";
import { useFormat } from "@/hooks/use-format";
import type { ColumnId } from "../lib/columns";
import { askedFor, durationOf, firstByteOf, msOf, retriesOf, tokensPerSecond } from "../lib/measures";
import { TokenPair } from "./token-source";

type CellProps = { record: RequestRecord };
// What most ask for; the tier says it already.
const routed = "auto";
const dash = <span className="text-muted-foreground">–</span>;

export function TimeCell({ record }: CellProps) {
  const format = useFormat();
  const at = msOf(record.receivedUs);
  return (
    <time dateTime={new Date(at).toISOString()} title={format.dateTime(at)} className="tabular-nums">
      {format.timeMs(at)}
    </time>
  );
}

export function ModelCell({ record }: CellProps) {
  const { t } = useTranslation("logs");
  const asked = askedFor(record);
  if (record.model === "") {
    if (record.requestedModel === "") return dash;
    return <span className="truncate text-muted-foreground">{t("askedFor", { model: record.requestedModel })}</span>;
  }
  return (
    <span className="flex min-w-0 items-baseline gap-1.5">
      <ProviderTag provider={record.provider} model={record.model} />
      {asked !== "" && asked !== routed && (
        <span className="shrink-[2] truncate text-xs text-muted-foreground" title={t("askedFor", { model: asked })}>
          <span aria-hidden>← {asked}</span>
          <span className="sr-only">{t("askedFor", { model: asked })}</span>
        </span>
      )}
    </span>
  );
}

export function PreviewCell({ record }: CellProps) {
  const { t } = useTranslation("logs");
  if (record.error !== "")
    return (
      <span className="truncate text-bad" title={record.error}>
        {record.error}
      </span>
    );
  if (record.preview !== "")
    return (
      <span dir="auto" className="truncate" title={record.preview}>
        {record.preview}
      </span>
    );
  const other = record.endpoint === "models" || record.endpoint === "other";
  return <span className="truncate text-muted-foreground">{other ? t(`endpoint.${record.endpoint}`) : t("noPreview")}</span>;
}

function DurationCell({ ms }: { ms: number | undefined }) {
  const format = useFormat();
  return ms === undefined ? dash : <Unit value={format.duration(ms)} />;
}

function CostCell({ record }: CellProps) {
  const { t } = useTranslation("logs");
  const format = useFormat();
  const nanos = record.cost?.nanoUsd;
  if (nanos === undefined) return record.model === "" ? dash : <span className="text-muted-foreground">{t("costUnknown")}</span>;
  return <span className="tabular-nums">{format.usd(nanos)}</span>;
}

function SpeedCell({ record }: CellProps) {
  const { t } = useTranslation("logs");
  const format = useFormat();
  const speed = tokensPerSecond(record);
  return speed === undefined ? dash : <Unit value={format.number(speed, speed < 10 ? 1 : 0)} unit={t("perSecond")} />;
}

function RetriesCell({ record }: CellProps) {
  const format = useFormat();
  const retries = retriesOf(record);
  if (retries === 0) return dash;
  return (
    <span className="inline-flex items-center gap-1 font-medium text-warn tabular-nums">
      <RotateCcw aria-hidden className="size-3" />
      {format.number(retries)}
    </span>
  );
}

function PlainCell({ text }: { text: string }) {
  return text === "" ? dash : (
    <span className="truncate" title={text}>
      {text}
    </span>
  );
}

/** One cell of a record's row. */
export function RecordCell({ id, record }: CellProps & { id: ColumnId }) {
  switch (id) {
    case "time":
      return <TimeCell record={record} />;
    case "status":
      return <StatusBadge status={record.status} ending={record.ending} />;
    case "tier":
      return record.endpoint === "chat_completions" || record.tier !== "" ? <TierBadge tier={record.tier} /> : dash;
    case "model":
      return <ModelCell record={record} />;
    case "preview":
      return <PreviewCell record={record} />;
    case "tokens":
      return <TokenPair record={record} />;
    case "cost":
      return <CostCell record={record} />;
    case "duration":
      return <DurationCell ms={durationOf(record)} />;
    case "firstByte":
      return <DurationCell ms={firstByteOf(record)} />;
    case "speed":
      return <SpeedCell record={record} />;
    case "retries":
      return <RetriesCell record={record} />;
    case "key":
      return <PlainCell text={record.keyName || record.keyId} />;
    case "instance":
      return <PlainCell text={record.instanceId} />;
  }
}
