import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Skeleton } from "@/components/ui/skeleton";
import { type RequestRecord, type TokenCount, TokenCount_Source } from "@/gen/smartroute/v1/telemetry_pb";
import { useFormat } from "@/hooks/use-format";
import { type Answer, headerOf } from "../lib/answer";
import { tokensPerSecond } from "../lib/facts";

interface FactProps {
  name: string;
  children: ReactNode;
  hint?: string;
}

function Fact({ name, children, hint }: FactProps) {
  return (
    <div className="min-w-0" title={hint}>
      <dt className="text-xs text-muted-foreground">{name}</dt>
      <dd className="truncate text-sm font-medium tabular-nums">{children}</dd>
    </div>
  );
}

const marks: Record<TokenCount_Source, "upstream" | "local" | "estimate"> = {
  [TokenCount_Source.UNSPECIFIED]: "estimate",
  [TokenCount_Source.UPSTREAM]: "upstream",
  [TokenCount_Source.LOCAL]: "local",
  [TokenCount_Source.ESTIMATE]: "estimate",
};

function useTokenWords() {
  const { t } = useTranslation("playground");
  const format = useFormat();
  return (count: TokenCount | undefined, own: number | undefined) => {
    if (count) {
      const source = marks[count.source];
      return { text: `${source === "estimate" ? "~" : ""}${format.tokens(count.count)}${source === "local" ? "*" : ""}`, hint: t(`tokenSource.${source}`) };
    }
    return own === undefined ? { text: t("facts.unknown"), hint: undefined } : { text: format.tokens(own), hint: t("tokenSource.upstream") };
  };
}

interface AnswerFactsProps {
  answer: Answer;
  record?: RequestRecord;
  /** The record is on its way. */
  pending: boolean;
}

/** Numbers of one answer: times as this browser saw them, tokens and cost as the gateway recorded them. */
export function AnswerFacts({ answer, record, pending }: AnswerFactsProps) {
  const { t } = useTranslation("playground");
  const format = useFormat();
  const tokens = useTokenWords();
  const input = tokens(record?.promptTokens, answer.usage?.prompt);
  const output = tokens(record?.completionTokens, answer.usage?.completion);
  const speed = tokensPerSecond(answer, record);
  const attempts = headerOf(answer, "x-smartroute-attempts") ?? (record ? String(record.attempts.length) : undefined);
  const later = (value: ReactNode) => (record || !pending ? value : <Skeleton className="mt-1 h-4 w-14" />);
  return (
    <dl className="grid grid-cols-[repeat(auto-fill,minmax(5.5rem,1fr))] gap-x-4 gap-y-2 border-t pt-3">
      {answer.firstTokenMs !== undefined && (
        <Fact name={t("facts.firstToken")} hint={t("facts.measuredHere")}>
          {format.duration(answer.firstTokenMs)}
        </Fact>
      )}
      {answer.durationMs !== undefined && (
        <Fact name={t("facts.duration")} hint={t("facts.measuredHere")}>
          {format.duration(answer.durationMs)}
        </Fact>
      )}
      <Fact name={t("facts.tokens")} hint={[input.hint, output.hint].filter(Boolean).join(" / ") || undefined}>
        {answer.usage ? `${input.text} / ${output.text}` : later(`${input.text} / ${output.text}`)}
      </Fact>
      {speed !== undefined && <Fact name={t("facts.speed")}>{t("facts.perSecond", { count: Number(speed.toFixed(1)), value: format.number(speed, speed < 100 ? 1 : 0) })}</Fact>}
      <Fact name={t("facts.cost")} hint={record?.cost?.nanoUsd === undefined ? undefined : t("facts.costHint")}>
        {later(format.usd(record?.cost?.nanoUsd))}
      </Fact>
      {attempts !== undefined && <Fact name={t("facts.attempts")}>{attempts}</Fact>}
      {answer.finishReason && <Fact name={t("facts.finish")} hint={answer.finishReason}>{t(`finish.${answer.finishReason}`, { defaultValue: answer.finishReason })}</Fact>}
    </dl>
  );
}
