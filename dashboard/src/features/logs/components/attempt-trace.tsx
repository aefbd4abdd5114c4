import { Ban, CircleCheck, CircleX, Hourglass, Route, TestTubeDiagonal, UserX } from "lucide-react";
import { useTranslation } from "react-i18next";
import { ProviderTag } from "@/components/provider-tag";
import { Badge } from "@/components/ui/badge";
import { Tooltip, TooltipContent, TooltipTrigger } from "@/components/ui/tooltip";
import { Unit } from "@/components/unit";
import type { RequestRecord } from "@/gen/smartroute/v1/telemetry_pb";
import { useFormat } from "@/hooks/use-format";
import { cn } from "@/lib/utils";
import { known } from "../lib/known";
import { placeOf, type TraceBar, traceOf } from "../lib/trace";
import { SectionCard } from "./section-card";

/** Every attempt, on one scale of time. */
export function AttemptTrace({ record }: { record: RequestRecord }) {
  const { t } = useTranslation("logs");
  const format = useFormat();
  const trace = traceOf(record);
  if (trace.bars.length === 0)
    return (
      <SectionCard icon={Route} title={t("trace.title")}>
        <p className="text-sm text-muted-foreground">{t("trace.none")}</p>
      </SectionCard>
    );
  return (
    <SectionCard icon={Route} title={t("trace.title")} aside={t("trace.scale", { time: format.duration(trace.totalMs) })}>
      <ol className="grid gap-3">
        {trace.bars.map((bar) => (
          <Attempt key={bar.number} bar={bar} totalMs={trace.totalMs} />
        ))}
      </ol>
    </SectionCard>
  );
}

function OutcomeIcon({ bar: { attempt, answered } }: { bar: TraceBar }) {
  const shape = cn("size-4 shrink-0", answered ? "text-good" : "text-bad");
  if (answered) return <CircleCheck aria-hidden className={shape} />;
  if (attempt.outcome === "client_gone") return <UserX aria-hidden className={shape} />;
  if (attempt.outcome === "no_credentials" || attempt.outcome === "drained") return <Ban aria-hidden className={shape} />;
  return <CircleX aria-hidden className={shape} />;
}

type AttemptProps = { bar: TraceBar; totalMs: number };

function Attempt({ bar, totalMs }: AttemptProps) {
  const { t } = useTranslation("logs");
  const format = useFormat();
  const { attempt } = bar;
  const outcome = known.outcomes.has(attempt.outcome) ? t(`outcome.${attempt.outcome}`) : attempt.outcome.replaceAll("_", " ");
  return (
    <li className="grid gap-1">
      <div className="flex flex-wrap items-center gap-x-2 gap-y-1 text-[0.8125rem]">
        <OutcomeIcon bar={bar} />
        <span className="min-w-0 truncate">
          <ProviderTag provider={attempt.provider} model={attempt.model} />
        </span>
        <span className={bar.answered ? "text-good" : "text-bad"}>{outcome}</span>
        {attempt.status > 0 && <Badge variant="outline" className="tabular-nums">{attempt.status}</Badge>}
        {attempt.probe && (
          <Badge variant="info" title={t("trace.probeHint")}>
            <TestTubeDiagonal aria-hidden />
            {t("trace.probe")}
          </Badge>
        )}
        {bar.waitedMs > 0 && (
          <Badge variant="secondary">
            <Hourglass aria-hidden />
            {t("trace.waited", { time: format.duration(bar.waitedMs) })}
          </Badge>
        )}
        <span className="ml-auto text-muted-foreground">
          <Unit value={format.duration(bar.durationMs)} />
        </span>
      </div>
      <Bars bar={bar} totalMs={totalMs} outcome={outcome} />
      <Notes bar={bar} />
    </li>
  );
}

function Bars({ bar, totalMs, outcome }: AttemptProps & { outcome: string }) {
  const { t } = useTranslation("logs");
  const format = useFormat();
  const { attempt } = bar;
  const own = placeOf(bar.startMs, bar.durationMs, totalMs);
  const wait = placeOf(bar.startMs - bar.waitedMs, bar.waitedMs, totalMs);
  const delivery = placeOf(bar.startMs + bar.durationMs, bar.deliveryMs, totalMs);
  const place = ({ left, width }: typeof own) => ({ left: `${left}%`, width: `${width}%` });
  const text = t("trace.bar", { outcome, start: format.duration(bar.startMs), time: format.duration(bar.durationMs) });
  return (
    <Tooltip>
      <TooltipTrigger asChild>
        <div role="img" aria-label={text} className="relative h-3 rounded bg-muted">
          {bar.waitedMs > 0 && <span className="absolute inset-y-1 rounded-sm bg-muted-foreground/40" style={place(wait)} />}
          <span className={cn("absolute inset-y-0 rounded-sm", bar.answered ? "bg-good" : "bg-bad")} style={place(own)} />
          {bar.deliveryMs > 0.5 && <span className="absolute inset-y-0 rounded-r-sm bg-good/45" style={place(delivery)} />}
        </div>
      </TooltipTrigger>
      <TooltipContent className="max-w-md">
        <p>{text}</p>
        {bar.deliveryMs > 0.5 && <p>{t("trace.delivery", { time: format.duration(bar.deliveryMs) })}</p>}
        {attempt.reason !== "" && <p className="mt-1 whitespace-pre-wrap">{attempt.reason}</p>}
      </TooltipContent>
    </Tooltip>
  );
}

/** What can be known without pointing at anything. */
function Notes({ bar }: { bar: TraceBar }) {
  const { t } = useTranslation("logs");
  const format = useFormat();
  const { attempt } = bar;
  const thrown = [attempt.promptTokens, attempt.completionTokens].some((tokens) => tokens !== undefined);
  const parts = [
    attempt.retryAfterMs > 0n ? t("trace.retryAfter", { time: format.duration(attempt.retryAfterMs) }) : "",
    !bar.answered && known.faults.has(attempt.fault) ? t(`fault.${attempt.fault}`) : "",
    attempt.reusedConnection ? t("trace.reused") : "",
    thrown
      ? t("trace.thrownAway", {
          input: attempt.promptTokens ? format.tokens(attempt.promptTokens.count) : "–",
          output: attempt.completionTokens ? format.tokens(attempt.completionTokens.count) : "–",
          cost: format.usd(attempt.costNanoUsd),
        })
      : "",
  ].filter((part) => part !== "");
  return (
    <>
      {attempt.reason !== "" && <p className="text-xs break-words whitespace-pre-wrap text-foreground/85">{attempt.reason}</p>}
      {parts.length > 0 && <p className="text-xs text-muted-foreground">{parts.join(" · ")}</p>}
    </>
  );
}
