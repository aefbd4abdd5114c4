import { useQuery } from "@tanstack/react-query";
import { Radio, RotateCw } from "lucide-react";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { PageHeader } from "@/components/page-header";
import { RangePicker } from "@/components/range-picker";
import { Button } from "@/components/ui/button";
import { useRange } from "@/hooks/use-range";
import { ColumnMenu } from "./components/column-menu";
import { FacetPanel } from "./components/facet-panel";
import { FacetSheet } from "./components/facet-sheet";
import { FilterChips } from "./components/filter-chips";
import { LogMenu } from "./components/log-menu";
import { LogsToolbar } from "./components/logs-toolbar";
import { RecordDrawer } from "./components/record-drawer";
import { RecordsView } from "./components/records-view";
import { facetsQuery } from "./data/queries";
import { useColumns } from "./data/use-columns";
import { useFocusKey } from "./data/use-focus-key";
import { useLogsSearch } from "./data/use-logs-search";
import { useNeighbours } from "./data/use-neighbours";
import { useRecordSource } from "./data/use-record-source";
import { filterOf } from "./lib/filter";

const fallback = "24h";

export function LogsPage() {
  const { t } = useTranslation("logs");
  const { search, change } = useLogsSearch();
  const { range } = useRange(fallback);
  const columns = useColumns();
  const facets = useQuery(facetsQuery(range));
  const source = useRecordSource(search, range);
  const steps = useNeighbours(source.rows, search.record, change);
  const [sheet, setSheet] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  useFocusKey(input);
  const panel = <FacetPanel facets={facets} search={search} change={change} />;
  const live = search.live === true;
  return (
    <div className="flex h-[calc(100dvh-6.25rem)] min-h-[32rem] flex-col gap-3">
      <PageHeader
        title={t("title")}
        description={t("description")}
        actions={
          <>
            <Button variant={live ? "default" : "outline"} aria-pressed={live} onClick={() => change({ live: live ? undefined : true })}>
              <Radio aria-hidden />
              {t("live.toggle")}
            </Button>
            {!live && <RangePicker fallback={fallback} />}
            {!live && (
              <Button variant="outline" size="icon" aria-label={t("refresh")} title={t("refresh")} disabled={source.list.busy} onClick={source.list.refresh}>
                <RotateCw aria-hidden />
              </Button>
            )}
            <ColumnMenu columns={columns} />
            <LogMenu filterOf={() => filterOf(search, range)} />
          </>
        }
      />
      <LogsToolbar search={search} change={change} input={input} onFacets={() => setSheet(true)} />
      <FilterChips search={search} change={change} facets={facets.data?.facets ?? []} />
      <div className="flex min-h-0 flex-1 gap-3">
        <aside aria-label={t("filters")} className="hidden w-52 shrink-0 overflow-y-auto rounded-xl border bg-card py-1 lg:block">
          <h2 className="sr-only">{t("filters")}</h2>
          {panel}
        </aside>
        <RecordsView search={search} change={change} source={source} columns={columns} />
      </div>
      <FacetSheet open={sheet} onOpenChange={setSheet}>
        {panel}
      </FacetSheet>
      <RecordDrawer
        recordId={search.record}
        steps={steps}
        onClose={() => change({ record: undefined })}
        onFilter={(next) => change({ ...next, record: undefined })}
      />
    </div>
  );
}
