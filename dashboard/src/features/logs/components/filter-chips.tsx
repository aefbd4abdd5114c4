import { X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import type { Facet } from "@/gen/smartroute/v1/admin_pb";
import type { ChangeSearch } from "../data/use-logs-search";
import { useValueName } from "../data/use-value-name";
import { activeConditions, noConditions, withoutCondition } from "../lib/filter";
import type { LogsSearch } from "../search";

type FilterChipsProps = { search: LogsSearch; change: ChangeSearch; facets: readonly Facet[] };

/** What narrows the list; each can be taken away. */
export function FilterChips({ search, change, facets }: FilterChipsProps) {
  const { t } = useTranslation("logs");
  const nameOf = useValueName(facets);
  const conditions = activeConditions(search);
  if (conditions.length === 0) return null;
  return (
    <ul aria-label={t("activeFilters")} className="flex flex-wrap items-center gap-1.5">
      {conditions.map((condition) => {
        const value = nameOf(condition.name, condition.value);
        return (
          <li
            key={`${condition.name} ${condition.value}`}
            className="inline-flex max-w-full items-center gap-1 rounded-md border bg-card py-0.5 pr-0.5 pl-2 text-xs"
          >
            <span className="text-muted-foreground">{t(`dimension.${condition.name}`)}</span>
            <span className="max-w-64 truncate font-medium" title={condition.value}>
              {value}
            </span>
            <button
              type="button"
              aria-label={t("removeFilter", { name: t(`dimension.${condition.name}`), value })}
              className="focus-ring rounded p-1 text-muted-foreground hover:bg-accent hover:text-foreground"
              onClick={() => change(withoutCondition(search, condition))}
            >
              <X aria-hidden className="size-3" />
            </button>
          </li>
        );
      })}
      <li>
        <Button variant="link" size="sm" className="px-1 text-xs" onClick={() => change(noConditions)}>
          {t("clearFilters")}
        </Button>
      </li>
    </ul>
  );
}
