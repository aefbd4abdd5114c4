import { useQuery } from "@tanstack/react-query";
import { Scale } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/hooks/use-format";
import { recordOfAnswer } from "../data/queries";
import { type Answer, requestIdOf } from "../lib/answer";
import { compareAnswers, difference } from "../lib/compare";

interface ComparisonProps {
  first: Answer;
  second: Answer;
}

/** What the second answer cost and took against the first, in words. */
export function Comparison({ first, second }: ComparisonProps) {
  const { t } = useTranslation("playground");
  const format = useFormat();
  const a = useQuery(recordOfAnswer(requestIdOf(first))).data?.cost?.nanoUsd;
  const b = useQuery(recordOfAnswer(requestIdOf(second))).data?.cost?.nanoUsd;
  const compared = compareAnswers({ costNanoUsd: a, durationMs: first.durationMs }, { costNanoUsd: b, durationMs: second.durationMs });
  const cost = difference(compared.cost);
  const time = difference(compared.time);
  const common = (of: { share: number; times: number }) => ({
    first: first.asked,
    second: second.asked,
    share: format.percent(of.share),
    times: format.number(of.times, of.times < 10 ? 1 : 0),
  });
  return (
    <p className="flex items-start gap-2 rounded-lg bg-accent px-3 py-2 text-sm text-accent-foreground" role="status">
      <Scale aria-hidden className="mt-0.5 size-4 shrink-0" />
      <span className="min-w-0 break-words">
        {t(`compare.cost.${cost.key}`, { ...common(cost), a: format.usd(a), b: format.usd(b) })}{" "}
        {t(`compare.time.${time.key}`, { ...common(time), by: format.duration(time.by) })}
      </span>
    </p>
  );
}
