import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Card, CardContent, CardHeader, CardTitle } from "@/components/ui/card";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "@/components/ui/table";
import { useFormat } from "@/hooks/use-format";
import { cn } from "@/lib/utils";
import type { ShareRow } from "../lib/replay-view";

interface ShareBarsProps {
  title: string;
  rows: ShareRow[];
  nameOf: (row: ShareRow) => ReactNode;
  note?: string;
}

function Bar({ share, tone }: { share: number; tone: string }) {
  return (
    <span aria-hidden className="block h-2 w-full overflow-hidden rounded-full bg-secondary">
      <span className={cn("block h-full rounded-full", tone)} style={{ width: `${100 * share}%` }} />
    </span>
  );
}

/** What happened and what would have, one under the other, for each tier or model. */
export function ShareBars({ title, rows, nameOf, note }: ShareBarsProps) {
  const { t } = useTranslation("what-if");
  const format = useFormat();
  const points = (row: ShareRow) => {
    const change = row.afterShare - row.beforeShare;
    const text = format.number(change * 100, 1);
    return `${change > 0 ? "+" : ""}${text}`;
  };
  return (
    <Card>
      <CardHeader>
        <CardTitle>{title}</CardTitle>
      </CardHeader>
      <CardContent className="grid gap-2">
        <Table label={title}>
          <TableHeader>
            <TableRow className="hover:bg-transparent">
              <TableHead className="pl-0">{t("shares.name")}</TableHead>
              <TableHead className="w-2/5" aria-hidden />
              <TableHead className="text-right">
                <span className="inline-flex items-center gap-1.5">
                  <span aria-hidden className="size-2 rounded-full bg-chart-8" />
                  {t("shares.before")}
                </span>
              </TableHead>
              <TableHead className="text-right">
                <span className="inline-flex items-center gap-1.5">
                  <span aria-hidden className="size-2 rounded-full bg-chart-1" />
                  {t("shares.after")}
                </span>
              </TableHead>
              <TableHead className="pr-0 text-right">{t("shares.change")}</TableHead>
            </TableRow>
          </TableHeader>
          <TableBody>
            {rows.map((row) => (
              <TableRow key={row.name}>
                <TableHead scope="row" className="h-auto max-w-56 py-2 pl-0 text-sm text-foreground">
                  {nameOf(row)}
                </TableHead>
                <TableCell className="min-w-24" aria-hidden>
                  <span className="grid gap-1">
                    <Bar share={row.beforeShare} tone="bg-chart-8" />
                    <Bar share={row.afterShare} tone="bg-chart-1" />
                  </span>
                </TableCell>
                <TableCell className="text-right whitespace-nowrap tabular-nums">
                  {format.number(row.before)} <span className="text-muted-foreground">{format.percent(row.beforeShare)}</span>
                </TableCell>
                <TableCell className="text-right whitespace-nowrap tabular-nums">
                  {format.number(row.after)} <span className="text-muted-foreground">{format.percent(row.afterShare)}</span>
                </TableCell>
                <TableCell className="pr-0 text-right whitespace-nowrap tabular-nums">{t("shares.points", { value: points(row) })}</TableCell>
              </TableRow>
            ))}
          </TableBody>
        </Table>
        {note && <p className="text-xs text-muted-foreground">{note}</p>}
      </CardContent>
    </Card>
  );
}
