import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { ChartData, ChartSeries } from "@/components/charts/series";
import { type ChartZoom, TimeChart } from "@/components/charts/time-chart";
import { useFormat } from "@/hooks/use-format";
import type { Trend } from "../lib/trend";
import { Section } from "./section";

type Props = { trend: Trend; zoom: ChartZoom };

function dataOf({ since, until, stepMs, times }: Trend, series: readonly ChartSeries[]): ChartData {
  return { since, until, stepMs, times, series };
}

export function RequestsOverTime({ trend, zoom }: Props) {
  const { t } = useTranslation("overview");
  const format = useFormat();
  const data = useMemo(() => {
    const series: ChartSeries[] = [
      { key: "failures", label: t("series.failures"), color: "bad", values: trend.failures },
      { key: "gone", label: t("series.gone"), color: "chart-8", values: trend.gone },
      { key: "successes", label: t("series.successes"), color: "chart-1", values: trend.successes },
    ];
    const any = (values: ChartSeries["values"]) => values.some((value) => value !== null && value > 0);
    return dataOf(trend, series.filter((one) => one.key !== "gone" || any(one.values)));
  }, [trend, t]);
  return (
    <Section title={t("requests.title")}>
      <TimeChart label={t("requests.title")} data={data} form="stacked-bars" formatValue={format.number} zoom={zoom} height={200} />
    </Section>
  );
}

export function TokensOverTime({ trend, zoom }: Props) {
  const { t } = useTranslation("overview");
  const format = useFormat();
  const data = useMemo(
    () =>
      dataOf(trend, [
        { key: "prompt", label: t("series.prompt"), color: "chart-4", values: trend.prompt },
        { key: "completion", label: t("series.completion"), color: "chart-3", values: trend.completion },
      ]),
    [trend, t],
  );
  return (
    <Section title={t("tokens.title")}>
      <TimeChart label={t("tokens.title")} data={data} form="stacked-bars" formatValue={format.compact} zoom={zoom} height={200} />
    </Section>
  );
}
