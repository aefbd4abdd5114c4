import { useTranslation } from "react-i18next";
import { Sparkline } from "@/components/charts/sparkline";
import { Unit } from "@/components/unit";
import { type Format, useFormat } from "@/hooks/use-format";
import type { Figures } from "../lib/figures";
import type { Kpi, KpiKey } from "../lib/kpis";
import { ChangeNote } from "./change-note";
import { KpiNote } from "./kpi-note";

const durations: readonly KpiKey[] = ["avg", "p50", "p90", "p99", "firstByte"];

/** Of a known value. */
function shown(key: KpiKey, value: number | bigint, format: Format, perSecond: (value: string) => string): string {
  if (durations.includes(key)) return format.duration(value);
  if (key === "errorRate") return format.percent(Number(value));
  if (key === "cost" || key === "saved") return format.usd(value);
  if (key === "tokens") return format.tokens(value);
  if (key === "qps") return perSecond(format.number(value, Number(value) < 10 ? 2 : 1));
  return format.number(value);
}

type Props = { kpi: Kpi; figures: Figures | undefined; /** There was a period before. */ compared: boolean };

/** One figure, what it was before, and how it went. */
export function KpiCard({ kpi, figures, compared }: Props) {
  const { t } = useTranslation("overview");
  const format = useFormat();
  const text = (value: number | bigint) => shown(kpi.key, value, format, (rate) => t("perSecond", { value: rate }));
  const before = kpi.before === undefined ? undefined : t("change.before", { value: text(kpi.before) });
  return (
    <div className="flex min-w-0 flex-col rounded-xl border bg-card px-4 py-3 text-card-foreground shadow-soft dark:shadow-none">
      <dt className="truncate text-muted-foreground text-xs leading-5">{t(`kpi.${kpi.key}`)}</dt>
      <dd className="flex grow flex-col">
        <span className="truncate font-semibold text-xl tracking-tight">
          {kpi.value === undefined ? <span className="font-normal text-muted-foreground">{t("unknown")}</span> : <Unit value={text(kpi.value)} />}
        </span>
        {(compared || kpi.change === undefined) && (
          <span className="mt-0.5 text-xs leading-5" title={before}>
            <ChangeNote change={kpi.change} />
          </span>
        )}
        <span className="text-muted-foreground text-xs leading-5">
          <KpiNote kpi={kpi.key} figures={figures} />
        </span>
        {kpi.spark && kpi.value !== undefined && (
          <span className="mt-auto block pt-1">
            <Sparkline values={kpi.spark} color={kpi.key === "errorRate" ? "bad" : "chart-1"} />
          </span>
        )}
      </dd>
    </div>
  );
}
