import { CircleAlert, CircleCheck, TriangleAlert } from "lucide-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { ChartBand, ChartData } from "@/components/charts/series";
import { type ChartZoom, TimeChart } from "@/components/charts/time-chart";
import { Badge } from "@/components/ui/badge";
import { useFormat } from "@/hooks/use-format";
import { useLimits } from "../data/use-limits";
import { type Grade, gradeOf } from "../lib/grades";
import type { Trend } from "../lib/trend";
import { onDemand } from "@/lib/on-demand";
import { LimitsButton } from "./limits-button";
import { Section } from "./section";

const Limits = onDemand("dialog", LimitsButton, () => import("./limits-form").then((file) => file.LimitsForm));

type Props = { trend: Trend; p90: number | undefined; zoom: ChartZoom };

/** Response times of successes, over grounds that say what is good. */
export function ResponseTrend({ trend, p90, zoom }: Props) {
  const { t } = useTranslation("overview");
  const format = useFormat();
  const { limits } = useLimits();
  const { good, slow } = limits;
  const data = useMemo(
    (): ChartData => ({
      since: trend.since,
      until: trend.until,
      stepMs: trend.stepMs,
      times: trend.times,
      series: [
        { key: "p50", label: "p50", color: "chart-1", values: trend.p50, dash: "solid" },
        { key: "p90", label: "p90", color: "chart-3", values: trend.p90, dash: "dashed" },
        { key: "p99", label: "p99", color: "chart-5", values: trend.p99, dash: "dotted" },
      ],
    }),
    [trend],
  );
  const bands = useMemo(
    (): ChartBand[] => [
      { from: 0, to: good, color: "good", label: t("grade.good") },
      { from: good, to: slow, color: "warn", label: t("grade.fair") },
      { from: slow, to: Number.POSITIVE_INFINITY, color: "bad", label: t("grade.slow") },
    ],
    [good, slow, t],
  );
  return (
    <Section
      title={t("trend.title")}
      description={
        <span className="flex flex-wrap items-center gap-x-2">
          {p90 !== undefined && <GradeBadge grade={gradeOf(p90, limits)} value={format.duration(p90)} />}
          <span>{t("trend.limits", { good: format.duration(good), slow: format.duration(slow) })}</span>
        </span>
      }
      action={<Limits />}
    >
      <TimeChart label={t("trend.title")} data={data} formatValue={format.duration} bands={bands} zoom={zoom} height={280} />
    </Section>
  );
}

const looks = {
  good: { icon: CircleCheck, variant: "good" },
  fair: { icon: CircleAlert, variant: "warn" },
  slow: { icon: TriangleAlert, variant: "bad" },
} as const;

function GradeBadge({ grade, value }: { grade: Grade; value: string }) {
  const { t } = useTranslation("overview");
  const { icon: Icon, variant } = looks[grade];
  return (
    <Badge variant={variant}>
      <Icon aria-hidden />
      {t("trend.grade", { value, grade: t(`grade.${grade}`) })}
    </Badge>
  );
}
