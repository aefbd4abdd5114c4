import { create, toJson } from "@bufbuild/protobuf";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { JsonView } from "@/components/json-view";
import { type RequestRecord, RequestRecordSchema } from "@/gen/smartroute/v1/telemetry_pb";

/** The record as the API gives it, without the bodies, which have tabs of their own. */
export function RawRecord({ record }: { record: RequestRecord }) {
  const { t } = useTranslation("logs");
  const text = useMemo(() => {
    const bare = create(RequestRecordSchema, { ...record, requestBody: new Uint8Array(), responseBody: new Uint8Array() });
    return JSON.stringify(toJson(RequestRecordSchema, bare), null, 2);
  }, [record]);
  return (
    <div className="grid gap-2">
      <p className="text-xs text-muted-foreground">{t("rawHint")}</p>
      <JsonView text={text} label={t("tab.raw")} />
    </div>
  );
}
