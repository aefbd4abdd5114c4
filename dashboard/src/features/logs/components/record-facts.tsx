import { Link } from "@tanstack/react-router";
import { Info, ListFilter } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { CopyButton } from "@/components/copy-button";
import type { RequestRecord } from "@/gen/smartroute/v1/telemetry_pb";
import { useFormat } from "@/hooks/use-format";
import { joinList } from "../search";
import { Fact, SectionCard } from "./section-card";

type RecordFactsProps = { record: RequestRecord; onFilter: (change: Record<string, string>) => void };

export function RecordFacts({ record, onFilter }: RecordFactsProps) {
  const { t } = useTranslation("logs");
  const format = useFormat();
  const revision = record.configRevision;
  const narrow = (name: string, value: string) => <Narrow name={t(`dimension.${name}`)} value={value} onClick={() => onFilter({ [name]: joinList([value]) ?? "" })} />;
  const facts: Record<string, ReactNode> = {
    asked: record.requestedModel && <code>{record.requestedModel}</code>,
    answeredAs: record.answeredAs && <code>{record.answeredAs}</code>,
    stream: record.endpoint === "chat_completions" && t(record.streaming ? "streamChoice.yes" : "streamChoice.no"),
    guarantee: (record.guarantee === "live" || record.guarantee === "buffered") && t(`guarantee.${record.guarantee}`),
    restarts: record.restarts > 0 && format.number(record.restarts),
    finish: record.finishReason && <code>{record.finishReason}</code>,
    category: record.category && t(`category.${record.category}`),
    key: record.keyId && <>{record.keyName || record.keyId} {narrow("key", record.keyId)}</>,
    instance: record.instanceId && <>{record.instanceId} {narrow("instance", record.instanceId)}</>,
    client: record.clientAddress && <code>{record.clientAddress}</code>,
    bytes: t("facts.bytesValue", { request: format.bytes(record.requestBytes), response: format.bytes(record.responseBytes) }),
    overhead: record.overheadUs > 0 && format.duration(record.overheadUs / 1000),
    revision:
      revision > 0n && (
        <Link to={"/config/$section" as never} params={{ section: "history" } as never} search={{ revision: Number(revision) } as never} className="focus-ring rounded text-primary underline underline-offset-4">
          {format.number(revision)}
        </Link>
      ),
    trace: record.traceId && <Id text={record.traceId} label={t("facts.copyTrace")} />,
    record: <Id text={record.recordId} label={t("facts.copyRecord")} />,
  };
  return (
    <SectionCard icon={Info} title={t("facts.title")}>
      <dl className="grid gap-x-8 sm:grid-cols-2">
        {Object.entries(facts).map(([name, value]) =>
          value ? (
            <Fact key={name} name={t(`facts.${name}`)}>
              {value}
            </Fact>
          ) : null,
        )}
      </dl>
    </SectionCard>
  );
}

function Id({ text, label }: { text: string; label: string }) {
  return (
    <span className="inline-flex max-w-full items-center">
      <code className="max-w-48 truncate text-xs">{text}</code>
      <CopyButton text={text} label={label} />
    </span>
  );
}

function Narrow({ name, value, onClick }: { name: string; value: string; onClick: () => void }) {
  const { t } = useTranslation("logs");
  const text = t("onlyThis", { name, value });
  return (
    <button type="button" aria-label={text} title={text} className="focus-ring rounded p-0.5 align-middle text-muted-foreground hover:text-foreground" onClick={onClick}>
      <ListFilter aria-hidden className="size-3.5" />
    </button>
  );
}
