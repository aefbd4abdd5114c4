import type { ReactNode } from "react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { cn } from "@/lib/utils";
import { type ChartColor, cssColor } from "./chart-colors";

export type DistributionItem = {
  key: string;
  /** Text, or a tag or link that names the item. */
  name: ReactNode;
  value: number;
  /** The value as it is shown. */
  text: string;
  color?: ChartColor;
  /** Further cells, in the order of `columns`. */
  cells?: readonly ReactNode[];
};
type Props = {
  caption: string;
  nameHeader: string;
  valueHeader: string;
  items: readonly DistributionItem[];
  columns?: readonly string[];
  /** How many are shown before "show all". */
  first?: number;
};

// With more columns it rather scrolls than leaves no room for names.
const widths = ["", "min-w-64", "min-w-72", "min-w-88", "min-w-120"];

/** A table whose values are also bars, as long as their part of the longest one. */
export function DistributionBars({ caption, nameHeader, valueHeader, items, columns = [], first = 8 }: Props) {
  const { t } = useTranslation("common");
  const [all, setAll] = useState(false);
  const most = Math.max(0, ...items.map((item) => item.value));
  const shown = all ? items : items.slice(0, first);
  const wide = columns.length > 0;
  return (
    <div className="flex min-w-0 flex-col gap-2">
      <div className="focus-ring overflow-x-auto rounded-sm" {...(wide ? { tabIndex: 0, role: "region", "aria-label": caption } : {})}>
        <table className={cn("w-full text-sm", widths[Math.min(columns.length, widths.length - 1)])}>
          <caption className="sr-only">{caption}</caption>
          <thead className="text-muted-foreground text-xs">
            <tr>
              <th scope="col" className="py-1 pr-3 text-left font-medium">{nameHeader}</th>
              <th scope="col" className="whitespace-nowrap py-1 text-right font-medium">{valueHeader}</th>
              {columns.map((column) => (
                <th key={column} scope="col" className="whitespace-nowrap py-1 pl-4 text-right font-medium">{column}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((item) => (
              <DistributionRow key={item.key} item={item} share={most === 0 ? 0 : item.value / most} />
            ))}
          </tbody>
        </table>
      </div>
      {items.length > first && (
        <Button variant="ghost" size="sm" className="self-start" aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? t("charts.showFewer") : t("charts.showAll", { count: items.length })}
        </Button>
      )}
    </div>
  );
}

function DistributionRow({ item, share }: { item: DistributionItem; share: number }) {
  return (
    <tr className="border-t">
      <th scope="row" className="w-1/2 max-w-0 py-1.5 pr-3 text-left font-normal">
        <div className="truncate">{item.name}</div>
        <div aria-hidden className="mt-1 h-1.5 rounded-full bg-muted">
          <div
            className={cn("h-full rounded-full transition-[width]", share > 0 && "min-w-1")}
            style={{ width: `${share * 100}%`, background: cssColor(item.color ?? "chart-1") }}
          />
        </div>
      </th>
      <td className="whitespace-nowrap py-1.5 text-right align-top tabular-nums">{item.text}</td>
      {(item.cells ?? []).map((cell, i) => (
        <td key={i} className="whitespace-nowrap py-1.5 pl-4 text-right align-top tabular-nums text-muted-foreground">{cell}</td>
      ))}
    </tr>
  );
}
