import { ChevronDown, History, LoaderCircle } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { useFormat } from "@/hooks/use-format";
import type { Records } from "../data/use-records";

/** Below the last row: more comes, or the search paused, or this was all. */
export function TableEnd({ records }: { records: Records }) {
  const { t } = useTranslation("logs");
  const format = useFormat();
  if (records.more && records.searchedTo !== undefined && !records.busy)
    return (
      <div role="status" className="sticky left-0 flex flex-wrap items-center justify-center gap-3 p-4 text-sm text-muted-foreground">
        <History aria-hidden className="size-4" />
        <span>{t("searchedTo", { time: format.dateTime(records.searchedTo) })}</span>
        <Button size="sm" variant="outline" onClick={records.loadMore}>
          {t("goOn")}
        </Button>
      </div>
    );
  if (records.busy && records.more)
    return (
      <div role="status" className="sticky left-0 flex items-center justify-center gap-2 p-4 text-sm text-muted-foreground">
        <LoaderCircle aria-hidden className="size-4 animate-spin motion-reduce:animate-none" />
        {t("loadingMore")}
      </div>
    );
  if (records.more)
    return (
      <div className="sticky left-0 flex justify-center p-3">
        <Button size="sm" variant="ghost" onClick={records.loadMore}>
          <ChevronDown aria-hidden />
          {t("loadMore")}
        </Button>
      </div>
    );
  return <p className="sticky left-0 p-4 text-center text-xs text-muted-foreground">{t("allShown", { count: records.rows.length, shown: format.number(records.rows.length) })}</p>;
}
