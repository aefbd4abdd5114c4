import { Brain, FileText, ImageIcon, Mic, ShieldX } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { JsonView } from "@/components/json-view";
import { useFormat } from "@/hooks/use-format";
import { isInlineImage, type Part } from "../lib/conversation";
import { jsonInString } from "../lib/json-text";

const longText = 4_000;

/** One part of a message. */
export function PartView({ part }: { part: Part }) {
  const { t } = useTranslation("logs");
  const format = useFormat();
  switch (part.kind) {
    case "text":
      return jsonInString(part.text) === undefined ? <Words text={part.text} /> : <JsonView text={part.text} label={t("talk.json")} />;
    case "refusal":
      return (
        <div className="flex gap-2 text-bad">
          <ShieldX aria-label={t("talk.refusal")} className="mt-0.5 size-4 shrink-0" />
          <Words text={part.text} />
        </div>
      );
    case "reasoning":
      return (
        <details className="rounded-lg bg-muted/60 p-2 text-muted-foreground">
          <summary className="focus-ring inline-flex items-center gap-1.5 rounded text-xs font-medium">
            <Brain aria-hidden className="size-3.5" />
            {t("talk.reasoning")}
          </summary>
          <div className="mt-2">
            <Words text={part.text} />
          </div>
        </details>
      );
    case "image":
      return <ImagePart url={part.url} detail={part.detail} />;
    case "audio":
      return (
        <p className="inline-flex items-center gap-2 text-sm">
          <Mic aria-hidden className="size-4" />
          {t("talk.audio", { format: part.format, size: format.bytes(part.bytes) })}
        </p>
      );
    case "file":
      return (
        <p className="inline-flex items-center gap-2 text-sm">
          <FileText aria-hidden className="size-4" />
          {t("talk.file", { name: part.name })}
        </p>
      );
    case "other":
      return <JsonView text={part.json} label={part.type || t("talk.json")} />;
  }
}

/** A picture that came with the request is shown; one from elsewhere is not fetched. */
function ImagePart({ url, detail }: { url: string; detail: string }) {
  const { t } = useTranslation("logs");
  return (
    <div className="grid justify-items-start gap-1">
      {isInlineImage(url) && <img src={url} alt={t("talk.imageSent")} className="max-h-64 max-w-full rounded-lg border object-contain" />}
      <p className="inline-flex max-w-full items-center gap-2 text-xs text-muted-foreground">
        <ImageIcon aria-hidden className="size-3.5 shrink-0" />
        {t("talk.image")}
        {detail !== "" && <code>{detail}</code>}
        <code className="min-w-0 truncate">{url.startsWith("data:") ? url.slice(0, 40) : url}</code>
      </p>
    </div>
  );
}

function Words({ text }: { text: string }) {
  const { t } = useTranslation("logs");
  const format = useFormat();
  const [whole, setWhole] = useState(text.length <= longText * 1.25);
  return (
    <div className="min-w-0 text-sm bidi-plain wrap-anywhere whitespace-pre-wrap">
      {whole ? text : text.slice(0, longText)}
      {!whole && (
        <>
          {"… "}
          <button type="button" className="focus-ring rounded text-primary underline" onClick={() => setWhole(true)}>
            {t("talk.more", { count: text.length - longText, shown: format.number(text.length - longText) })}
          </button>
        </>
      )}
    </div>
  );
}
