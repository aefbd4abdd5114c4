import { CircleCheck, CircleDashed, type LucideIcon, Snowflake, TriangleAlert, CircleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import { ProviderTag } from "@/components/provider-tag";
import { RelativeTime } from "@/components/relative-time";
import { Badge } from "@/components/ui/badge";
import { useFormat } from "@/hooks/use-format";
import { useNow } from "@/hooks/use-now";
import { useErrorName } from "../data/use-error-name";
import { type HealthState, type Standing, stateOf } from "../lib/health";
import { HealthRing } from "./health-ring";
import { LogsLink } from "./logs-link";
import { ResetHealth } from "./reset-health";

const looks: Record<HealthState, { icon: LucideIcon; variant: "good" | "warn" | "bad" | "info" | "secondary" }> = {
  good: { icon: CircleCheck, variant: "good" },
  fair: { icon: CircleAlert, variant: "warn" },
  poor: { icon: TriangleAlert, variant: "bad" },
  cooling: { icon: Snowflake, variant: "info" },
  unused: { icon: CircleDashed, variant: "secondary" },
};

/** One model: its score, what came of asking it, and how long it is still left alone. */
export function HealthCard({ standing }: { standing: Standing }) {
  const { t } = useTranslation("overview");
  const format = useFormat();
  const state = stateOf(standing, useNow(1_000));
  const { icon: Icon, variant } = looks[state];
  const known = state !== "unused";
  return (
    <li className="flex min-w-0 flex-col gap-2 rounded-lg border p-3">
      <div className="flex items-start gap-3">
        <HealthRing state={state} health={known ? standing.health : undefined} />
        <div className="min-w-0 flex-1">
          <div className="min-w-0">
            <LogsLink condition="model" value={standing.id}>
              <ProviderTag provider={standing.provider} model={standing.name} />
            </LogsLink>
          </div>
          <Badge variant={variant} className="mt-1">
            <Icon aria-hidden />
            {t(`health.state.${state}`)}
          </Badge>
        </div>
        {known && <ResetHealth model={standing.id} />}
      </div>
      {state === "cooling" && <Cooling standing={standing} />}
      {known && (
        <dl className="grid grid-cols-2 gap-x-3 gap-y-1 text-xs">
          <Pair name={t("health.successes")} value={format.number(standing.successes)} />
          <Pair name={t("health.failures")} value={format.number(standing.failed)} />
        </dl>
      )}
      <Failures standing={standing} />
      {standing.lastFailure > 0 && (
        <p className="mt-auto text-muted-foreground text-xs">
          {t("health.lastFailure")} <RelativeTime ms={standing.lastFailure} />
        </p>
      )}
    </li>
  );
}

function Pair({ name, value }: { name: string; value: string }) {
  return (
    <div className="flex justify-between gap-2">
      <dt className="text-muted-foreground">{name}</dt>
      <dd className="font-medium tabular-nums">{value}</dd>
    </div>
  );
}

function Cooling({ standing }: { standing: Standing }) {
  const { t } = useTranslation("overview");
  const format = useFormat();
  const errorName = useErrorName();
  const left = Math.max(0, Math.ceil((standing.coolingUntil - useNow(1_000)) / 1_000) * 1_000);
  return (
    <p className="rounded-md bg-info-soft px-2 py-1.5 text-info text-xs">
      <span className="font-medium tabular-nums">{t("health.cooling", { left: format.duration(left) })}</span>
      {standing.coolingReason !== "" && <span className="block">{t("health.because", { reason: errorName(standing.coolingReason) })}</span>}
    </p>
  );
}

const shownKinds = 4;

function Failures({ standing }: { standing: Standing }) {
  const format = useFormat();
  const errorName = useErrorName();
  if (standing.failures.length === 0) return null;
  const more = standing.failures.length - shownKinds;
  return (
    <ul className="flex flex-wrap gap-1">
      {standing.failures.slice(0, shownKinds).map(({ kind, count }) => (
        <li key={kind}>
          <Badge variant="outline" className="font-normal">
            {errorName(kind)} <span className="tabular-nums">{format.number(count)}</span>
          </Badge>
        </li>
      ))}
      {more > 0 && <li className="px-1 text-muted-foreground text-xs leading-6">+{more}</li>}
    </ul>
  );
}
