import { FlaskConical, History, Inbox, Radio, SearchX } from "lucide-react";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { EmptyState } from "@/components/empty-state";
import { Button } from "@/components/ui/button";
import { useFormat } from "@/hooks/use-format";
import { useRange } from "@/hooks/use-range";
import type { ChangeSearch } from "../data/use-logs-search";
import type { Records } from "../data/use-records";
import { activeConditions, noConditions } from "../lib/filter";
import type { LogsSearch } from "../search";

/** Live, and nothing has come. */
export function NothingYet() {
  const { t } = useTranslation("logs");
  return <EmptyState icon={Radio} title={t("empty.liveTitle")} description={t("empty.liveText")} action={<Ask />} className="flex-1" />;
}

function Ask() {
  const { t } = useTranslation("logs");
  return (
    <Button asChild variant="outline">
      <Link to={"/playground" as never}>
        <FlaskConical aria-hidden />
        {t("empty.ask")}
      </Link>
    </Button>
  );
}

type NothingFoundProps = { search: LogsSearch; change: ChangeSearch; list: Records };

/** Nothing in the span and under the filters; and what to do: go on, widen, or ask something. */
export function NothingFound({ search, change, list }: NothingFoundProps) {
  const { t } = useTranslation("logs");
  const format = useFormat();
  const { range, setRange } = useRange("24h");
  if (list.more && list.searchedTo !== undefined)
    return (
      <EmptyState
        icon={History}
        title={t("empty.soFarTitle")}
        description={t("searchedTo", { time: format.dateTime(list.searchedTo) })}
        className="flex-1"
        action={
          <Button variant="outline" disabled={list.busy} onClick={list.loadMore}>
            {t("goOn")}
          </Button>
        }
      />
    );
  if (activeConditions(search).length > 0)
    return (
      <EmptyState
        icon={SearchX}
        title={t("empty.filteredTitle")}
        description={t("empty.filteredText")}
        className="flex-1"
        action={
          <Button variant="outline" onClick={() => change(noConditions)}>
            {t("clearFilters")}
          </Button>
        }
      />
    );
  if (range.preset !== "30d")
    return (
      <EmptyState
        icon={Inbox}
        title={t("empty.spanTitle")}
        description={t("empty.spanText")}
        className="flex-1"
        action={
          <div className="flex flex-wrap justify-center gap-2">
            <Button variant="outline" onClick={() => setRange("30d")}>
              {t("empty.widen")}
            </Button>
            <Ask />
          </div>
        }
      />
    );
  return <EmptyState icon={Inbox} title={t("empty.nothingTitle")} description={t("empty.nothingText")} action={<Ask />} className="flex-1" />;
}
