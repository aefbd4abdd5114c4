import { FlaskConical } from "lucide-react";
import { useDeferredValue, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { TierBadge } from "@/components/tier-badge";
import { Badge } from "@/components/ui/badge";
import { FormField } from "@/components/ui/form-field";
import { Skeleton } from "@/components/ui/skeleton";
import { Textarea } from "@/components/ui/textarea";
import type { ExplainRouteResponse } from "@/gen/smartroute/v1/admin_pb";
import { useFormat } from "@/hooks/use-format";
import { useRouteReason } from "@/hooks/use-route-reason";
import { draftText, useConfigDraft } from "@/lib/config-draft";
import { errorText } from "@/lib/error-text";
import { useExplained } from "../data/queries";
import { SectionCard } from "./section-card";

const PAUSE_MS = 250;

/** The text once nothing was typed for a moment. */
function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}

function Candidates({ answer }: { answer: ExplainRouteResponse }) {
  const { t } = useTranslation("config");
  const candidates = answer.route?.candidates ?? [];
  if (candidates.length === 0) return <p className="text-sm text-muted-foreground">{t("try.noCandidates")}</p>;
  return (
    <ol className="grid gap-1 text-[0.8125rem]">
      {candidates.map((candidate, i) => (
        // oxlint-disable-next-line react/no-array-index-key -- a candidate is its place in the order
        <li key={i} className="flex flex-wrap items-baseline gap-x-2">
          <span className="w-4 text-right text-xs text-muted-foreground tabular-nums">{i + 1}</span>
          <span className={`font-mono break-all ${candidate.skip ? "text-muted-foreground line-through" : ""}`}>{candidate.model}</span>
          {candidate.skip && <Badge variant="warn">{t(`try.skip.${candidate.skip}`, { defaultValue: candidate.skip })}</Badge>}
          {candidate.note && <span className="text-xs text-muted-foreground">{candidate.note}</span>}
        </li>
      ))}
    </ol>
  );
}

function Probabilities({ values }: { values: readonly number[] }) {
  const { t } = useTranslation("config");
  const format = useFormat();
  if (values.length !== 3) return null;
  return (
    <div className="grid gap-1" role="group" aria-label={t("try.probabilities")}>
      {values.map((value, i) => (
        // oxlint-disable-next-line react/no-array-index-key -- one for each tier, always three
        <div key={i} className="flex items-center gap-2 text-xs">
          <TierBadge tier={`t${i + 1}`} />
          <span className="h-1.5 flex-1 overflow-hidden rounded-full bg-secondary" aria-hidden>
            <span className="block h-full rounded-full" style={{ width: `${value * 100}%`, background: `var(--t${i + 1})` }} />
          </span>
          <span className="w-12 text-right tabular-nums">{format.percent(value)}</span>
        </div>
      ))}
    </div>
  );
}

function Verdict({ answer }: { answer: ExplainRouteResponse }) {
  const { t } = useTranslation("config");
  const reason = useRouteReason();
  const rules = answer.route?.rules ?? [];
  return (
    <div className="grid gap-4">
      <div className="flex items-center gap-3">
        <TierBadge tier={answer.tier} className="px-2.5 py-1 text-base" />
        <p className="min-w-0 text-sm break-words">{reason(answer.reason)}</p>
      </div>
      {answer.wouldCallJudge && <p className="text-xs text-muted-foreground">{t("try.judge")}</p>}
      {rules.length > 0 && (
        <div className="flex flex-wrap items-center gap-1.5 text-xs">
          <span className="text-muted-foreground">{t("try.rules")}</span>
          {rules.map((rule) => (
            <Badge key={rule} variant="outline" className="max-w-full font-mono break-all whitespace-normal">
              {rule}
            </Badge>
          ))}
        </div>
      )}
      <Probabilities values={answer.route?.probabilities ?? []} />
      <div className="grid gap-1.5">
        <p className="text-xs text-muted-foreground">{t("try.candidates")}</p>
        <Candidates answer={answer} />
      </div>
      <p className="text-xs text-muted-foreground tabular-nums">{t("try.took", { us: Math.round(answer.decideUs * 10) / 10 })}</p>
    </div>
  );
}

/** Where a prompt would go by the draft as it stands, before it is saved. */
export function TryPrompt() {
  const { t } = useTranslation("config");
  const { t: common } = useTranslation("common");
  const { dirty, draft, problems, checking } = useConfigDraft();
  const broken = problems.some((problem) => problem.severity === "error");
  const [prompt, setPrompt] = useState("");
  const settledPrompt = useSettled(prompt);
  const settledText = useSettled(useDeferredValue(draft) ? draftText() : "");
  const explained = useExplained(settledPrompt, settledText, !broken && !checking);
  const typed = prompt.trim() !== "";
  return (
    <SectionCard
      title={
        <span className="inline-flex items-center gap-2">
          <FlaskConical aria-hidden className="size-4 text-primary" />
          {t("try.title")}
        </span>
      }
      description={t(dirty ? "try.aboutDraft" : "try.about")}
    >
      <FormField label={t("try.prompt")}>
        <Textarea value={prompt} rows={3} placeholder={t("try.placeholder")} onChange={(event) => setPrompt(event.target.value)} />
      </FormField>
      <div role="status" aria-busy={explained.isFetching} className="min-h-24">
        {!typed && <p className="text-sm text-muted-foreground">{t("try.empty")}</p>}
        {typed && broken && <p className="text-sm text-muted-foreground">{t("try.broken")}</p>}
        {typed && !broken && explained.isPending && <Skeleton className="h-24" />}
        {typed && !broken && explained.isError && <p className="text-sm break-words whitespace-pre-line text-bad">{errorText(explained.error, common)}</p>}
        {typed && !broken && explained.data && !explained.isError && <Verdict answer={explained.data} />}
      </div>
    </SectionCard>
  );
}
