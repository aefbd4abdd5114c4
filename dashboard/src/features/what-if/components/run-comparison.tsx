import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Card, CardAction, CardContent, CardHeader, CardTitle } from "@/components/ui/card";
import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from "@/components/ui/select";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "@/components/ui/table";
import { useFormat } from "@/hooks/use-format";
import type { Run } from "../data/queries";
import { useRunName } from "../data/use-run-name";
import { pairTiers, type ReplayView } from "../lib/replay-view";
import { TierName } from "./name-of";

interface RunComparisonProps {
  run: Run;
  others: Run[];
}

/** One run beside an earlier one. */
export function RunComparison({ run, others }: RunComparisonProps) {
  const { t } = useTranslation("what-if");
  const format = useFormat();
  const nameOf = useRunName();
  const [chosen, setChosen] = useState<number>();
  const other = others.find((one) => one.id === chosen) ?? others[0];
  if (!other) return null;
  const label = (one: Run) => t("compare.name", { name: nameOf(one), time: format.time(one.at) });
  const cost = ({ cost: of }: ReplayView) => format.usd(of.kind === "known" ? Math.round(of.afterNano) : undefined);
  const rows: [string, (view: ReplayView) => string][] = [
    [t("summary.decided"), (view) => format.number(view.decided)],
    [t("summary.movedTier"), (view) => format.number(view.movedTier)],
    [t("summary.movedModel"), (view) => format.number(view.movedModel)],
    [t("cost.title"), cost],
    [t("summary.judge"), (view) => format.number(view.judgeCalls)],
  ];
  return (
    <Card>
      <CardHeader>
        <CardTitle>{t("compare.title")}</CardTitle>
        <CardAction>
          <Select value={String(other.id)} onValueChange={(id) => setChosen(Number(id))}>
            <SelectTrigger size="sm" aria-label={t("compare.with")} className="max-w-64">
              <SelectValue />
            </SelectTrigger>
            <SelectContent>
              {others.map((one) => (
                <SelectItem key={one.id} value={String(one.id)}>
                  {label(one)}
                </SelectItem>
              ))}
            </SelectContent>
          </Select>
        </CardAction>
      </CardHeader>
      <CardContent>
        <Table label={t("compare.title")}>
          <TableHeader>
            <TableRow className="hover:bg-transparent">
              <TableHead className="pl-0">{t("compare.what")}</TableHead>
              <TableHead className="text-right">{label(other)}</TableHead>
              <TableHead className="pr-0 text-right">{label(run)}</TableHead>
            </TableRow>
          </TableHeader>
          <TableBody>
            {rows.map(([name, of]) => (
              <TableRow key={name}>
                <TableHead scope="row" className="pl-0 font-normal text-foreground">
                  {name}
                </TableHead>
                <TableCell className="text-right tabular-nums">{of(other.view)}</TableCell>
                <TableCell className="pr-0 text-right tabular-nums">{of(run.view)}</TableCell>
              </TableRow>
            ))}
            {pairTiers(other.view, run.view).map((pair) => (
              <TableRow key={pair.name}>
                <TableHead scope="row" className="pl-0 font-normal text-foreground">
                  <TierName name={pair.name} />
                </TableHead>
                <TableCell className="text-right tabular-nums">{format.percent(pair.first)}</TableCell>
                <TableCell className="pr-0 text-right tabular-nums">{format.percent(pair.second)}</TableCell>
              </TableRow>
            ))}
          </TableBody>
        </Table>
      </CardContent>
    </Card>
  );
}
