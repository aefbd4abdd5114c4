import { useQuery } from "@tanstack/react-query";
import { CircleStop, Loader2, RefreshCw, TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import { CopyButton } from "@/components/copy-button";
import { ProviderTag } from "@/components/provider-tag";
import { TierBadge } from "@/components/tier-badge";
import { Alert, AlertDescription, AlertTitle } from "@/components/ui/alert";
import { Button } from "@/components/ui/button";
import { recordOfAnswer } from "../data/queries";
import { type Answer, headerOf, isRunning, requestIdOf } from "../lib/answer";
import { AnswerDetails } from "./answer-details";
import { AnswerFacts } from "./answer-facts";
import { AnswerText } from "./answer-text";

interface AnswerCardProps {
  answer: Answer;
  /** Absent: it is no longer the last answer, so it cannot be made anew. */
  onRegenerate?: () => void;
}

const ownErrors = new Set(["stream_cut", "bad_answer"]);

function Failure({ answer }: { answer: Answer }) {
  const { t } = useTranslation(["playground", "common"]);
  const { error } = answer;
  if (!error) return null;
  const own = ownErrors.has(error.code ?? "");
  // There was no answer at all: the browser's words for that help nobody.
  const unreached = error.code === "unavailable" && error.status === undefined;
  return (
    <Alert variant="destructive">
      <TriangleAlert aria-hidden />
      <AlertTitle>{own ? t(`errors.${error.code}`) : t("errors.title")}</AlertTitle>
      <AlertDescription className="whitespace-pre-wrap">
        {unreached ? t("common:errors.unavailable") : error.message}
        {!own && !unreached && <span className="mt-1 block font-mono text-xs">{[error.status, error.type, error.code].filter(Boolean).join(" · ")}</span>}
      </AlertDescription>
    </Alert>
  );
}

function Body({ answer }: { answer: Answer }) {
  const { t } = useTranslation("playground");
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-3" aria-busy={isRunning(answer)}>
      {answer.restarts > 0 && <p className="text-xs text-warn">{t("answer.restarted", { count: answer.restarts })}</p>}
      {answer.reasoning !== "" && (
        <details className="text-sm">
          <summary className="focus-ring w-fit rounded text-muted-foreground">{t("answer.reasoning")}</summary>
          <p className="mt-1 border-l-2 pl-3 bidi-plain wrap-anywhere whitespace-pre-wrap text-muted-foreground">{answer.reasoning}</p>
        </details>
      )}
      <AnswerText text={answer.text} />
      {answer.toolCalls.map((call, index) => (
        // oxlint-disable-next-line react/no-array-index-key -- calls have no names of their own
        <div key={index} className="rounded-lg border bg-muted/50 p-3 text-sm">
          <p className="font-medium">{t("answer.toolCall", { name: call.name })}</p>
          <p className="mt-1 font-mono text-xs break-all whitespace-pre-wrap">{call.arguments}</p>
        </div>
      ))}
      {answer.status === "done" && answer.text === "" && answer.toolCalls.length === 0 && <p className="text-sm text-muted-foreground">{t("answer.empty")}</p>}
      <Failure answer={answer} />
    </div>
  );
}

export function AnswerCard({ answer, onRegenerate }: AnswerCardProps) {
  const { t } = useTranslation("playground");
  const running = isRunning(answer);
  const requestId = requestIdOf(answer);
  const record = useQuery({ ...recordOfAnswer(requestId), enabled: !running && requestId !== undefined });
  const found = record.data;
  const tier = found?.tier || headerOf(answer, "x-smartroute-tier") || "";
  const model = found?.model || headerOf(answer, "x-smartroute-model") || "";
  const provider = found?.provider || headerOf(answer, "x-smartroute-provider") || "";
  return (
    <article className="grid min-w-0 grid-cols-[minmax(0,1fr)] content-start gap-3 rounded-xl border bg-card p-4" aria-label={t("answer.label", { model: answer.asked || t("answer.recorded") })}>
      <header className="flex min-h-7 flex-wrap items-center gap-2">
        {tier !== "" && <TierBadge tier={tier} />}
        {model === "" ? <span className="text-sm text-muted-foreground">{answer.asked || t("answer.recorded")}</span> : <ProviderTag provider={provider} model={model} />}
        {running && <Running waiting={answer.status === "waiting"} />}
        {answer.status === "stopped" && (
          <span className="inline-flex items-center gap-1 text-xs text-warn">
            <CircleStop aria-hidden className="size-3.5" />
            {t("answer.stopped")}
          </span>
        )}
        <span className="ml-auto flex items-center gap-0.5">
          {answer.text !== "" && <CopyButton text={answer.text} label={t("answer.copy")} />}
          {onRegenerate && !running && (
            <Button variant="ghost" size="icon" className="size-7 text-muted-foreground" aria-label={t("answer.again")} title={t("answer.again")} onClick={onRegenerate}>
              <RefreshCw aria-hidden />
            </Button>
          )}
        </span>
      </header>
      <Body answer={answer} />
      {!running && requestId !== undefined && <AnswerFacts answer={answer} record={found} pending={record.isPending} />}
      {!running && <AnswerDetails answer={answer} recordId={found?.recordId} reason={found?.reason} />}
      {record.isError && <p className="text-xs text-muted-foreground">{t("answer.noRecord")}</p>}
    </article>
  );
}

function Running({ waiting }: { waiting: boolean }) {
  const { t } = useTranslation("playground");
  return (
    <span role="status" className="inline-flex items-center gap-1 text-xs text-muted-foreground">
      <Loader2 aria-hidden className="size-3.5 animate-spin" />
      {waiting ? t("answer.waiting") : t("answer.streaming")}
    </span>
  );
}
