import { MessagesSquare } from "lucide-react";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { EmptyState } from "@/components/empty-state";
import { JsonView } from "@/components/json-view";
import { Button } from "@/components/ui/button";
import type { Talk } from "../data/use-conversation";
import { ExchangeView } from "./exchange-view";

const nearMs = 120;
const nearPixels = 240;
// What the field for the next question covers; scroll-mb-52 below.
const coveredPixels = 208;
// Tokens and cost come after the last word.
const factsMs = 4_000;

/** Keeps the growing answer in view for whoever is looking at its end; who scrolled up is left alone. */
function useFollow(running: boolean) {
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!running) return;
    end.current?.scrollIntoView({ block: "end" });
    const timer = setInterval(() => {
      const bottom = end.current?.getBoundingClientRect().bottom ?? 0;
      if (bottom > window.innerHeight - coveredPixels && bottom < window.innerHeight + nearPixels) end.current?.scrollIntoView({ block: "end" });
    }, nearMs);
    return () => void setTimeout(() => clearInterval(timer), factsMs);
  }, [running]);
  return end;
}

function Preamble({ talk }: { talk: Talk }) {
  const { t } = useTranslation("playground");
  const { preamble } = talk.conversation;
  if (preamble.length === 0) return null;
  return (
    <details className="rounded-xl border bg-card p-3 text-sm">
      <summary className="focus-ring rounded">{t("recorded.preamble", { count: preamble.length })}</summary>
      <JsonView text={JSON.stringify(preamble)} label={t("recorded.preambleLabel")} className="mt-3" />
      <Button variant="outline" size="sm" className="mt-3" onClick={talk.dropPreamble}>
        {t("recorded.dropPreamble")}
      </Button>
    </details>
  );
}

export function ConversationView({ talk, mayAsk }: { talk: Talk; mayAsk: boolean }) {
  const { t } = useTranslation("playground");
  const end = useFollow(talk.running);
  const { exchanges, preamble } = talk.conversation;
  return (
    <div className="grid gap-4">
      <Preamble talk={talk} />
      {exchanges.length === 0 && preamble.length === 0 && (
        <EmptyState icon={MessagesSquare} title={t("empty.title")} description={mayAsk ? t("empty.description") : t("empty.viewer")} />
      )}
      <ol className="grid gap-6" aria-label={t("conversation")}>
        {exchanges.map((exchange, index) => (
          <ExchangeView key={exchange.id} exchange={exchange} talk={talk} last={index === exchanges.length - 1} mayAsk={mayAsk} />
        ))}
      </ol>
      <div ref={end} aria-hidden className="scroll-mb-52" />
    </div>
  );
}
