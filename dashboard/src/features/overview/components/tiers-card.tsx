import { useTranslation } from "react-i18next";
import { type DistributionItem, DistributionBars } from "@/components/charts/distribution-bars";
import { ShareDonut } from "@/components/charts/share-donut";
import type { ChartColor } from "@/components/charts/chart-colors";
import { TierBadge } from "@/components/tier-badge";
import { useFormat } from "@/hooks/use-format";
import { useDimension } from "../data/queries";
import { useInView } from "../data/use-in-view";
import { type Row, tierRowsOf } from "../lib/rows";
import { LogsLink } from "./logs-link";
import { Loaded, Section } from "./section";

const noTier = "none";
const colors: Record<string, ChartColor> = { t1: "t1", t2: "t2", t3: "t3" };
const colorOf = (value: string): ChartColor => colors[value] ?? "chart-8";

/** Where the router sent requests: a ring, and the same as a table. */
export function TiersCard() {
  const { t } = useTranslation("overview");
  const { ref, inView } = useInView<HTMLDivElement>();
  const query = useDimension("tier", inView);
  return (
    <div ref={ref} className="min-w-0">
      <Section title={t("tiers.title")} className="h-full">
        <Loaded query={query} height={190}>
          {(stats) => {
            const rows = tierRowsOf(stats);
            return rows.length === 0 ? <p className="text-muted-foreground text-sm">{t("nothing")}</p> : <Tiers rows={rows} />;
          }}
        </Loaded>
      </Section>
    </div>
  );
}

function Tiers({ rows }: { rows: readonly Row[] }) {
  const { t } = useTranslation("overview");
  const format = useFormat();
  const sum = rows.reduce((all, row) => all + row.requests, 0);
  const name = (value: string) => (value === noTier ? t("tiers.named") : value.toUpperCase());
  const items = rows.map(
    (row): DistributionItem => ({
      key: row.value,
      name: <LogsLink condition="tier" value={row.value}>{row.value === noTier ? t("tiers.named") : <TierBadge tier={row.value} />}</LogsLink>,
      value: row.requests,
      text: format.number(row.requests),
      color: colorOf(row.value),
      cells: [
        row.share === undefined ? "–" : format.percent(row.share),
        row.response ? format.duration(row.response.p90) : "–",
        format.usd(row.cost),
      ],
    }),
  );
  const parts = rows.map((row) => ({ key: row.value, label: name(row.value), value: row.requests, color: colorOf(row.value) }));
  const spoken = rows.map((row) => `${name(row.value)} ${row.share === undefined ? "" : format.percent(row.share)}`).join(", ");
  return (
    <div className="flex flex-wrap items-center gap-x-6 gap-y-3">
      <ShareDonut label={t("tiers.picture", { shares: spoken })} parts={parts} total={format.compact(sum)} unit={t("columns.requests").toLowerCase()} />
      <div className="min-w-64 flex-1">
        <DistributionBars
          caption={t("tiers.title")}
          nameHeader={t("columns.tier")}
          valueHeader={t("columns.requests")}
          columns={[t("columns.share"), "p90", t("columns.cost")]}
          items={items}
        />
      </div>
    </div>
  );
}
