import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type DistributionItem, DistributionBars } from "@/components/charts/distribution-bars";
import { ProviderTag } from "@/components/provider-tag";
import { ToggleGroup, ToggleGroupItem } from "@/components/ui/toggle-group";
import type { GetStatsResponse } from "@/gen/smartroute/v1/admin_pb";
import { useFormat } from "@/hooks/use-format";
import { useDimension } from "../data/queries";
import { useInView } from "../data/use-in-view";
import { otherValue } from "../lib/logs-link";
import { rowsOf } from "../lib/rows";
import { LogsLink } from "./logs-link";
import { Loaded, Section } from "./section";

type View = "model" | "attempt";

/** Who answered; or every attempt, in which a failover shows as the failure it was. */
export function ModelsCard() {
  const { t } = useTranslation("overview");
  const { ref, inView } = useInView<HTMLDivElement>();
  const [view, setView] = useState<View>("model");
  const query = useDimension(view, inView);
  const toggle = (
    <ToggleGroup type="single" value={view} aria-label={t("models.view")} onValueChange={(next) => next && setView(next as View)}>
      <ToggleGroupItem value="model">{t("models.answered")}</ToggleGroupItem>
      <ToggleGroupItem value="attempt">{t("models.attempts")}</ToggleGroupItem>
    </ToggleGroup>
  );
  return (
    <div ref={ref} className="min-w-0">
      <Section title={t("models.title")} action={toggle} className="h-full">
        <Loaded query={query} height={190}>
          {(stats) => <Models stats={stats} view={view} />}
        </Loaded>
      </Section>
    </div>
  );
}

function Models({ stats, view }: { stats: GetStatsResponse; view: View }) {
  const { t } = useTranslation("overview");
  const format = useFormat();
  const rows = rowsOf(stats);
  if (rows.length === 0) return <p className="text-muted-foreground text-sm">{t("models.none")}</p>;
  const tag = (value: string) => (value === otherValue ? t("other") : <ProviderTag provider="" model={value} />);
  const items = rows.map(
    (row): DistributionItem => ({
      key: row.value,
      name: view === "model" ? <LogsLink condition="model" value={row.value}>{tag(row.value)}</LogsLink> : tag(row.value),
      value: row.requests,
      text: format.number(row.requests),
      cells: [
        view === "attempt" ? (row.errorRate === undefined ? "–" : format.percent(row.errorRate)) : row.share === undefined ? "–" : format.percent(row.share),
        row.response ? format.duration(row.response.p90) : "–",
        format.tokens(row.tokens.total),
        format.usd(row.cost),
      ],
    }),
  );
  const first = view === "attempt" ? t("columns.failed") : t("columns.share");
  return (
    <DistributionBars
      caption={t("models.title")}
      nameHeader={t("columns.model")}
      valueHeader={view === "attempt" ? t("columns.attempts") : t("columns.requests")}
      columns={[first, "p90", t("columns.tokens"), t("columns.cost")]}
      items={items}
    />
  );
}
