import { GitFork, ListOrdered, Lightbulb, ScanSearch } from "lucide-react";
import { useTranslation } from "react-i18next";
import { TierBadge } from "@/components/tier-badge";
import { Badge } from "@/components/ui/badge";
import type { CandidateTrace, RequestRecord, RouteDecision } from "@/gen/smartroute/v1/telemetry_pb";
import { useFormat } from "@/hooks/use-format";
import { cn } from "@/lib/utils";
import { known } from "../lib/known";
import { candidateRows, type Sentence, whySentences } from "../lib/why";
import { Fact, SectionCard } from "./section-card";
import { SignalBars } from "./signal-bars";

/** The decision in plain sentences. */
export function WhySentences({ record }: { record: RequestRecord }) {
  const { t } = useTranslation("logs");
  const say = useSay();
  return (
    <SectionCard icon={Lightbulb} title={t("why.title")}>
      <ul className="grid gap-1.5 text-sm">
        {whySentences(record).map((sentence) => (
          <li key={sentence.key} className="break-words">
            {say(sentence)}
          </li>
        ))}
      </ul>
    </SectionCard>
  );
}

const isTier = (value: string | number) => typeof value === "string" && /^t[123]$/.test(value);

function useSay(): (sentence: Sentence) => string {
  const { t } = useTranslation("logs");
  const format = useFormat();
  return ({ key, values }) => {
    const shown: Record<string, string | number> = {};
    for (const [name, value] of Object.entries(values)) {
      if (name === "confidence") shown[name] = format.percent(Number(value));
      else if (name === "ms") shown.time = format.duration(Number(value));
      else shown[name] = isTier(value) ? String(value).toUpperCase() : value;
    }
    const { by, outcome, strategy } = values;
    for (const [name, raw] of Object.entries({ by, outcome, strategy })) if (typeof raw === "string") shown[name] = raw.replaceAll("_", " ");
    return t(key, shown);
  };
}

/** What the sentences rest on. */
export function WhyRoute({ record }: { record: RequestRecord }) {
  const { t } = useTranslation("logs");
  const route = record.route;
  if (!route) return <p className="text-sm text-muted-foreground">{t("why.noDetails")}</p>;
  return (
    <>
      {route.probabilities.length === 3 && <Probabilities route={route} />}
      {route.candidates.length > 0 && <Candidates route={route} record={record} />}
      <Inputs record={record} route={route} />
    </>
  );
}

const tones = ["bg-t1", "bg-t2", "bg-t3"];

function Probabilities({ route }: { route: RouteDecision }) {
  const { t } = useTranslation("logs");
  const format = useFormat();
  return (
    <SectionCard icon={ScanSearch} title={t("why.classifier")} aside={<code>{route.weights}</code>}>
      <div className="flex h-3 overflow-hidden rounded" aria-hidden>
        {route.probabilities.map((share, tier) => (
          <span key={tones[tier]} className={tones[tier]} style={{ width: `${share * 100}%` }} />
        ))}
      </div>
      <ul aria-label={t("why.probabilities")} className="mt-2 flex flex-wrap gap-x-5 gap-y-1 text-sm">
        {route.probabilities.map((share, tier) => (
          <li key={tones[tier]} className="inline-flex items-center gap-2">
            <TierBadge tier={`t${tier + 1}`} />
            <span className="tabular-nums">{format.percent(share)}</span>
          </li>
        ))}
      </ul>
      {route.signals.length > 0 && <SignalBars signals={route.signals} />}
    </SectionCard>
  );
}

type CandidatesProps = { route: RouteDecision; record: RequestRecord };

function Candidates({ route, record }: CandidatesProps) {
  const { t } = useTranslation("logs");
  const strategy = known.strategies.has(route.strategy) ? t(`strategy.${route.strategy}`) : route.strategy;
  return (
    <SectionCard icon={ListOrdered} title={t("why.candidates")} aside={strategy}>
      <ol className="grid gap-1.5">
        {candidateRows(record).map(({ candidate, place, tried, answered }) => (
          <li key={place} className={cn("flex flex-wrap items-center gap-x-2 gap-y-1 text-[0.8125rem]", candidate.skip !== "" && "text-muted-foreground")}>
            <span className="w-5 text-right text-xs text-muted-foreground tabular-nums">{place}.</span>
            <code className={cn("min-w-0 break-all", candidate.skip !== "" && "line-through")}>{candidate.model}</code>
            {answered && <Badge variant="good">{t("why.answeredBadge")}</Badge>}
            {tried && !answered && <Badge variant="bad">{t("why.failedBadge")}</Badge>}
            <CandidateWords candidate={candidate} />
          </li>
        ))}
      </ol>
    </SectionCard>
  );
}

function CandidateWords({ candidate }: { candidate: CandidateTrace }) {
  const { t } = useTranslation("logs");
  const { skip, note } = candidate;
  const text = skip !== "" ? (known.skips.has(skip) ? t(`skip.${skip}`) : skip.replaceAll("_", " ")) : known.notes.has(note) ? t(`note.${note.replace(" ", "_")}`) : note;
  return text === "" ? null : <span className="text-xs text-muted-foreground">{text}</span>;
}

function Inputs({ record, route }: CandidatesProps) {
  const { t } = useTranslation("logs");
  const format = useFormat();
  const input = route.input;
  const mode = known.modes.has(route.configuredMode) ? t(`mode.${route.configuredMode}`) : route.configuredMode;
  const rows: [string, string | false | undefined][] = [
    ["mode", mode],
    ["rules", route.rules.join(", ")],
    ["promptTokens", input && format.number(input.promptTokens)],
    ["maxOutput", input && input.maxOutputTokens > 0n && format.number(input.maxOutputTokens)],
    ["humanTurns", input && format.number(input.humanTurns)],
    ["toolCount", input && input.tools > 0 && format.number(input.tools)],
    ["images", input && input.images > 0 && format.number(input.images)],
    ["answersTool", input?.answersTool && t("yes")],
    ["reason", record.reason],
  ];
  return (
    <SectionCard icon={GitFork} title={t("why.input")}>
      <dl className="divide-y divide-border/60">
        {rows.map(([name, value]) => (value ? <Fact key={name} name={t(`why.fact.${name}`)}>{name === "reason" ? <code className="text-xs">{value}</code> : value}</Fact> : null))}
      </dl>
      {input?.ask && (
        <>
          <h4 className="mt-3 mb-1 text-xs font-medium text-muted-foreground">{t("why.fact.ask")}</h4>
          <p className="max-h-40 overflow-auto rounded-lg bg-muted/60 p-2 text-sm bidi-plain break-words whitespace-pre-wrap">{input.ask}</p>
        </>
      )}
    </SectionCard>
  );
}
