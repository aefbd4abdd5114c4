import { useTranslation } from "react-i18next";
import { CopyButton } from "@/components/copy-button";
import { inlinePieces, textBlocks } from "../lib/text-blocks";

function Plain({ text }: { text: string }) {
  return (
    <p className="bidi-plain wrap-anywhere whitespace-pre-wrap">
      {inlinePieces(text).map((piece, index) =>
        piece.code ? (
          // oxlint-disable-next-line react/no-array-index-key -- pieces only ever grow at the end
          <code key={index} className="rounded bg-muted px-1 py-0.5 font-mono text-[0.85em]">
            {piece.text}
          </code>
        ) : (
          piece.text
        ),
      )}
    </p>
  );
}

function Code({ language, text }: { language: string; text: string }) {
  const { t } = useTranslation("playground");
  const label = language === "" ? t("answer.code") : t("answer.codeIn", { language });
  return (
    <figure className="overflow-hidden rounded-lg border bg-muted/50">
      <figcaption className="flex items-center justify-between border-b py-1 pr-1 pl-3 text-xs text-muted-foreground">
        {language || t("answer.code")}
        <CopyButton text={text} label={t("answer.copyCode")} />
      </figcaption>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reached by keyboard */}
      <pre className="focus-ring max-h-96 overflow-auto p-3 font-mono text-[0.8125rem] leading-5" tabIndex={0} role="region" aria-label={label}>
        {text}
      </pre>
    </figure>
  );
}

/** Whatever a model writes is text here, its markup too; only fenced code stands apart. */
export function AnswerText({ text }: { text: string }) {
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-3 text-sm leading-6">
      {textBlocks(text).map((block, index) =>
        // oxlint-disable-next-line react/no-array-index-key -- blocks only ever grow at the end
        block.kind === "code" ? <Code key={index} language={block.language} text={block.text} /> : <Plain key={index} text={block.text} />,
      )}
    </div>
  );
}
