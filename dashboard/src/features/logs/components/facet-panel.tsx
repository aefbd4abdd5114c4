import type { UseQueryResult } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import type { Facet, ListFacetsResponse } from "@/gen/smartroute/v1/admin_pb";
import type { ChangeSearch } from "../data/use-logs-search";
import { toggled } from "../lib/filter";
import { type ListName, listNames, type LogsSearch, splitList } from "../search";
import { FacetGroup } from "./facet-group";

const order: ListName[] = ["status", "error", "tier", "model", "provider", "key", "ending", "category"];
const openAtFirst: ListName[] = ["status", "error", "tier", "model", "provider"];
const isListName = (text: string): text is ListName => listNames.some((name) => name === text);

type FacetPanelProps = { facets: UseQueryResult<ListFacetsResponse>; search: LogsSearch; change: ChangeSearch };

/** The values there are to filter by, with how many requests have each in the span of time. */
export function FacetPanel({ facets, search, change }: FacetPanelProps) {
  const { t } = useTranslation("logs");
  const { t: common } = useTranslation("common");
  if (facets.isPending) return <FacetSkeleton />;
  if (!facets.data)
    return (
      <div role="alert" className="grid gap-2 p-3 text-sm">
        <p className="text-muted-foreground">{t("facetsFailed")}</p>
        <Button size="sm" variant="outline" className="justify-self-start" onClick={() => void facets.refetch()}>
          {common("retry")}
        </Button>
      </div>
    );
  const byName = new Map(facets.data.facets.map((facet) => [facet.dimension, facet]));
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-1" aria-busy={facets.isFetching}>
      {order.filter(isListName).map((name) => {
        const facet: Facet | undefined = byName.get(name);
        const selected = splitList(search[name]);
        if (!facet || (facet.values.length === 0 && selected.length === 0)) return null;
        return (
          <FacetGroup
            key={name}
            name={name}
            facet={facet}
            selected={selected}
            openAtFirst={openAtFirst.includes(name)}
            onToggle={(value) => change(toggled(search, name, value))}
          />
        );
      })}
    </div>
  );
}

function FacetSkeleton() {
  return (
    <div aria-hidden className="grid gap-5 p-3">
      {[4, 3, 3, 5].map((lines, group) => (
        <div key={`${group}-${lines}`} className="grid gap-2">
          <Skeleton className="h-3 w-16" />
          {Array.from({ length: lines }, (_, line) => (
            <Skeleton key={line} className="h-4" />
          ))}
        </div>
      ))}
    </div>
  );
}
