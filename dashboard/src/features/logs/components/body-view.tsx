import { Code, Download, MessagesSquare } from "lucide-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { CopyButton } from "@/components/copy-button";
import { JsonView } from "@/components/json-view";
import { Alert, AlertDescription } from "@/components/ui/alert";
import { Button } from "@/components/ui/button";
import { ToggleGroup, ToggleGroupItem } from "@/components/ui/toggle-group";
import type { RequestRecord } from "@/gen/smartroute/v1/telemetry_pb";
import { useFormat } from "@/hooks/use-format";
import { errorOf, requestConversation, responseConversation } from "../lib/conversation";
import { saveText } from "../lib/save-text";
import { bodyNotice, type Side } from "../lib/body-notice";
import { readBody } from "../lib/json-text";
import { ConversationView, ErrorBodyView } from "./conversation-view";

type BodyViewProps = { record: RequestRecord; side: Side; bodiesKept: boolean };

/** A request's or an answer's text: as a conversation where it is one, and as it is. */
export function BodyView({ record, side, bodiesKept }: BodyViewProps) {
  const { t } = useTranslation("logs");
  const [view, setView] = useState("talk");
  const bytes = side === "request" ? record.requestBody : record.responseBody;
  const cut = side === "request" ? record.requestCut : record.responseCut;
  const body = useMemo(() => readBody(bytes, cut), [bytes, cut]);
  const talk = useMemo(() => (side === "request" ? requestConversation : responseConversation)(body.value), [side, body]);
  const error = useMemo(() => errorOf(body.value), [body]);
  const readable = talk !== undefined || error !== undefined;
  const notice = bodyNotice(record, side, bodiesKept);
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-3">
      {notice && (
        <Alert variant={notice === "cut" || notice === "dropped" ? "warn" : "default"}>
          <AlertDescription>{t(`notice.${notice}`)}</AlertDescription>
        </Alert>
      )}
      {side === "response" && record.streaming && bytes.length > 0 && <p className="text-xs text-muted-foreground">{t("reassembled")}</p>}
      {bytes.length > 0 && (
        <>
          <div className="flex flex-wrap items-center gap-2">
            {readable && <ViewSwitch value={view} onChange={setView} />}
            <BodyTools record={record} side={side} text={body.text} size={bytes.length} />
          </div>
          {readable && view === "talk" ? (
            <>
              {error && <ErrorBodyView error={error} />}
              {talk && <ConversationView talk={talk} />}
            </>
          ) : (
            <JsonView text={body.text} label={t(`tab.${side}`)} />
          )}
        </>
      )}
    </div>
  );
}

function ViewSwitch({ value, onChange }: { value: string; onChange: (view: string) => void }) {
  const { t } = useTranslation("logs");
  return (
    <ToggleGroup type="single" aria-label={t("view.label")} value={value} onValueChange={(next) => next && onChange(next)}>
      <ToggleGroupItem value="talk">
        <MessagesSquare aria-hidden />
        {t("view.talk")}
      </ToggleGroupItem>
      <ToggleGroupItem value="raw">
        <Code aria-hidden />
        {t("view.raw")}
      </ToggleGroupItem>
    </ToggleGroup>
  );
}

type BodyToolsProps = { record: RequestRecord; side: Side; text: string; size: number };

function BodyTools({ record, side, text, size }: BodyToolsProps) {
  const { t } = useTranslation("logs");
  const format = useFormat();
  const name = `${record.requestId.replace(/[^\w.-]/g, "_") || "request"}-${side}.json`;
  return (
    <span className="ml-auto flex items-center gap-1">
      <span className="mr-1 text-xs text-muted-foreground tabular-nums">{format.bytes(size)}</span>
      <CopyButton text={text} showLabel />
      <Button variant="ghost" size="sm" onClick={() => saveText(name, text, "application/json")}>
        <Download aria-hidden />
        {t("download")}
      </Button>
    </span>
  );
}
