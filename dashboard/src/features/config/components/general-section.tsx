import { useTranslation } from "react-i18next";
import { useConfigDraft } from "@/lib/config-draft";
import { usePlace } from "../data/use-config";
import { LIMITS } from "../lib/fields";
import { ConfigField, FieldGrid } from "./config-field";
import { GatewayKeys } from "./gateway-keys";
import { PairsEditor } from "./pairs-editor";
import { Folded, SectionCard } from "./section-card";
import { SecretField } from "./secret-field";
import { ShareField } from "./share-field";
import { TagsField } from "./tags-field";
import { useField } from "../data/use-config";

const FIRST = ["max_streams", "max_streams_per_key", "max_body_bytes", "max_memory_bytes", "heartbeat", "drain_timeout"];
const REST = Object.keys(LIMITS).filter((name) => !FIRST.includes(name));

function LogsCard() {
  const { t } = useTranslation("config");
  return (
    <SectionCard title={t("general.logs")} description={t("general.logsAbout")}>
      <ConfigField path={["logs", "bodies"]} />
      <FieldGrid paths={["retention_days", "max_bytes", "max_body_bytes", "spool_bytes"].map((name) => ["logs", name])} />
      <TagsField path={["logs", "redact"]} form="patterns" placeholder={t("general.redactPlaceholder")} />
    </SectionCard>
  );
}

function LimitsCard() {
  const { t } = useTranslation("config");
  const { search } = usePlace();
  const deep = REST.some((name) => search.field === `limits.${name}`);
  return (
    <SectionCard title={t("general.limits")} description={t("general.limitsAbout")}>
      <FieldGrid paths={FIRST.map((name) => ["limits", name])} />
      <Folded title={t("general.limitsMore", { count: REST.length })} open={deep}>
        <FieldGrid paths={REST.map((name) => ["limits", name])} />
      </Folded>
    </SectionCard>
  );
}

function TracingHeaders() {
  const { t } = useTranslation("config");
  const field = useField<Record<string, string>>(["tracing", "headers"]);
  return (
    <div data-config-path="tracing.headers" role="group" aria-label={t("general.tracingHeaders")} className="grid gap-3">
      <p className="text-sm font-medium">{t("general.tracingHeaders")}</p>
      <PairsEditor
        value={field.value ?? {}}
        onChange={field.set}
        disabled={!field.editable}
        nameLabel={t("headers.name")}
        valueLabel={t("headers.value")}
        addLabel={t("add")}
        control={(name) => <SecretField path={["tracing", "headers", name]} label={name} />}
      />
    </div>
  );
}

function TracingCard() {
  const { t } = useTranslation("config");
  const { draft } = useConfigDraft();
  return (
    <SectionCard title={t("general.tracing")} description={t("general.tracingAbout")}>
      <div className="grid items-start gap-x-6 gap-y-5 sm:grid-cols-2">
        <ConfigField path={["tracing", "endpoint"]} placeholder={draft.tracing?.protocol === "grpc" ? "collector:4317" : "http://collector:4318"} />
        <ConfigField path={["tracing", "protocol"]} />
        <ConfigField path={["tracing", "service_name"]} />
        <ShareField path={["tracing", "sample_ratio"]} />
        <ConfigField path={["tracing", "content"]} />
      </div>
      <TracingHeaders />
    </SectionCard>
  );
}

export function GeneralSection() {
  const { t } = useTranslation("config");
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
      <SectionCard title={t("keys.title")} description={t("keys.about")}>
        <GatewayKeys />
      </SectionCard>
      <SectionCard title={t("general.unknown")} description={t("general.unknownAbout")}>
        <div className="max-w-sm">
          <ConfigField path={["gateway", "unknown_model"]} />
        </div>
      </SectionCard>
      <LogsCard />
      <LimitsCard />
      <TracingCard />
    </div>
  );
}
