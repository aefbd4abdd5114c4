// Series of a dimension as rows of a table. Pure.
import type { GetStatsResponse, StatsSeries } from "@/gen/smartroute/v1/admin_pb";
import { type Figures, figuresOf } from "./figures";

export type Row = Figures & {
  value: string;
  /** A name for people, where there is one. */
  label: string;
  /** Of all rows; undefined when there is nothing to share. */
  share: number | undefined;
};

function rowOf({ value, label, totals }: StatsSeries, sum: number): Row[] {
  if (!totals || totals.requests === 0n) return [];
  return [{ ...figuresOf(totals), value, label, share: sum === 0 ? undefined : Number(totals.requests) / sum }];
}

/** As the server orders them: the most requests first, what is left together last. */
export function rowsOf(stats: GetStatsResponse): Row[] {
  const sum = stats.series.reduce((all, one) => all + Number(one.totals?.requests ?? 0n), 0);
  return stats.series.flatMap((one) => rowOf(one, sum));
}

const tierOrder = ["t1", "t2", "t3", "none"];
/** Tiers in their own order. */
export function tierRowsOf(stats: GetStatsResponse): Row[] {
  const place = (row: Row) => (tierOrder.includes(row.value) ? tierOrder.indexOf(row.value) : tierOrder.length);
  return rowsOf(stats).sort((a, b) => place(a) - place(b));
}
