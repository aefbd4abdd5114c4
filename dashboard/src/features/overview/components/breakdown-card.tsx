import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { ChartColor } from "@/components/charts/chart-colors";
import { type DistributionItem, DistributionBars } from "@/components/charts/distribution-bars";
import { useFormat } from "@/hooks/use-format";
import { useDimension } from "../data/queries";
import { useErrorName } from "../data/use-error-name";
import { useInView } from "../data/use-in-view";
import { otherValue } from "../lib/logs-link";
import { type Row, rowsOf } from "../lib/rows";
import { LogsLink } from "./logs-link";
import { Loaded, Section } from "./section";

type Breakdown = "error" | "provider" | "key";
const colors: Record<Breakdown, ChartColor> = { error: "bad", provider: "chart-4", key: "chart-6" };

/** Nobody failed there: the client left. */
const clientGone = "client_gone";

/** Requests by one of their sides; each leads to the requests it counts. */
export function BreakdownCard({ by }: { by: Breakdown }) {
  const { t } = useTranslation("overview");
  const { ref, inView } = useInView<HTMLDivElement>();
  const query = useDimension(by, inView);
  return (
    <div ref={ref} className="min-w-0">
      <Section title={t(`${by}s.title`)} className="h-full">
        <Loaded query={query} height={140}>
          {(stats) => {
            const rows = rowsOf(stats);
            return rows.length === 0 ? <p className="text-muted-foreground text-sm">{t(`${by}s.none`)}</p> : <Rows by={by} rows={rows} />;
          }}
        </Loaded>
      </Section>
    </div>
  );
}

function Rows({ by, rows }: { by: Breakdown; rows: readonly Row[] }) {
  const { t } = useTranslation("overview");
  const format = useFormat();
  const nameOf = useRowName(by);
  const items = rows.map(
    (row): DistributionItem => ({
      key: row.value,
      name: <LogsLink condition={by} value={row.value}>{row.value === otherValue ? t("other") : nameOf(row)}</LogsLink>,
      value: row.requests,
      text: format.number(row.requests),
      color: by === "error" && row.value === clientGone ? "chart-8" : colors[by],
      cells: by === "error" ? [row.share === undefined ? "–" : format.percent(row.share)] : [format.tokens(row.tokens.total), format.usd(row.cost)],
    }),
  );
  return (
    <DistributionBars
      caption={t(`${by}s.title`)}
      nameHeader={t(`columns.${by}`)}
      valueHeader={t("columns.requests")}
      columns={by === "error" ? [t("columns.share")] : [t("columns.tokens"), t("columns.cost")]}
      items={items}
    />
  );
}

function useRowName(by: Breakdown): (row: Row) => ReactNode {
  const errorName = useErrorName();
  return (row) => {
    if (by === "error") return errorName(row.value);
    if (row.label !== "") return <span title={row.value}>{row.label}</span>;
    return <span className="font-mono text-[0.8125rem]">{row.value}</span>;
  };
}
