import { useTranslation } from "react-i18next";
import { TierBadge } from "@/components/tier-badge";
import { Badge } from "@/components/ui/badge";
import type { ExplainRouteResponse } from "@/gen/smartroute/v1/admin_pb";
import type { CandidateTrace, RouteDecision } from "@/gen/smartroute/v1/telemetry_pb";
import { useFormat } from "@/hooks/use-format";
import { useRouteReason } from "@/hooks/use-route-reason";

const tiers = ["t1", "t2", "t3"] as const;
const skips = new Set(["no_credentials", "not_multimodal", "context_window"]);

function Probabilities({ values }: { values: number[] }) {
  const { t } = useTranslation("playground");
  const format = useFormat();
  if (values.length !== 3) return null;
  return (
    <section className="grid gap-1.5">
      <h3 className="text-xs text-muted-foreground">{t("explain.classifier")}</h3>
      {tiers.map((tier, index) => (
        <div key={tier} className="grid grid-cols-[2.5rem_1fr_3.5rem] items-center gap-2 text-sm">
          <TierBadge tier={tier} />
          <span aria-hidden className="h-2 overflow-hidden rounded-full bg-secondary">
            <span className="block h-full rounded-full bg-chart-1" style={{ width: `${100 * (values[index] ?? 0)}%` }} />
          </span>
          <span className="text-right tabular-nums">{format.percent(values[index] ?? 0)}</span>
        </div>
      ))}
    </section>
  );
}

function Candidates({ candidates, strategy }: { candidates: CandidateTrace[]; strategy: string }) {
  const { t } = useTranslation("playground");
  if (candidates.length === 0) return null;
  return (
    <section className="grid gap-1.5">
      <h3 className="text-xs text-muted-foreground">{strategy === "" ? t("explain.order") : t("explain.orderBy", { strategy: t(`strategy.${strategy}`, { defaultValue: strategy }) })}</h3>
      <ol className="grid gap-1">
        {candidates.map((candidate, index) => (
          // oxlint-disable-next-line react/no-array-index-key -- a model may be tried more than once
          <li key={index} className="flex flex-wrap items-baseline gap-2 text-sm">
            <span className="w-5 text-right text-xs text-muted-foreground tabular-nums">{index + 1}</span>
            <span className={candidate.skip === "" ? "font-mono text-[0.8125rem] break-all" : "font-mono text-[0.8125rem] break-all text-muted-foreground line-through"}>{candidate.model}</span>
            {candidate.skip !== "" && <Badge variant="warn">{skips.has(candidate.skip) ? t(`skip.${candidate.skip}`) : candidate.skip}</Badge>}
            {candidate.note !== "" && <span className="text-xs text-muted-foreground">{candidate.note}</span>}
          </li>
        ))}
      </ol>
    </section>
  );
}

function Clues({ route }: { route: RouteDecision }) {
  const { t } = useTranslation("playground");
  const format = useFormat();
  if (route.rules.length === 0 && route.signals.length === 0) return null;
  return (
    <section className="grid gap-1.5">
      <h3 className="text-xs text-muted-foreground">{t("explain.clues")}</h3>
      <ul className="flex flex-wrap gap-1.5">
        {route.rules.map((rule) => (
          <li key={rule} className="max-w-full">
            <Badge className="max-w-full">
              <span className="truncate">{t("explain.rule", { rule })}</span>
            </Badge>
          </li>
        ))}
        {route.signals.slice(0, 12).map((signal) => (
          <li key={signal.what} className="max-w-full">
            <Badge variant="outline" className="max-w-full">
              <span className="truncate font-mono">{signal.what}</span>
              <span className="text-muted-foreground tabular-nums">{`${signal.weight > 0 ? "+" : ""}${format.number(signal.weight, 2)}`}</span>
            </Badge>
          </li>
        ))}
      </ul>
    </section>
  );
}

export function Explanation({ answer }: { answer: ExplainRouteResponse }) {
  const { t } = useTranslation("playground");
  const format = useFormat();
  const words = useRouteReason();
  const { route } = answer;
  return (
    <div className="grid gap-5">
      <div className="flex flex-wrap items-center gap-2">
        <TierBadge tier={answer.tier} />
        <p className="min-w-0 flex-1 font-medium break-words">{words(answer.reason)}</p>
      </div>
      {answer.wouldCallJudge && <p className="text-sm text-warn">{t("explain.judge")}</p>}
      {route && <Probabilities values={route.probabilities} />}
      {route && <Clues route={route} />}
      {route && <Candidates candidates={route.candidates} strategy={route.strategy} />}
      <p className="text-xs text-muted-foreground">
        {answer.revision === 0n ? t("explain.byDraft") : t("explain.byRevision", { revision: String(answer.revision) })} {t("explain.took", { time: format.duration(answer.decideUs / 1000) })}
      </p>
    </div>
  );
}
