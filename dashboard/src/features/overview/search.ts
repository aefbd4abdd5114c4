// What the overview shows, as it stands in the URL.
import { parseRangeSearch, type RangeSearch } from "@/lib/range";
import { limitOf } from "./lib/grades";

export type OverviewSearch = RangeSearch & {
  /** Response times up to so many milliseconds are good. */
  good?: number;
  /** From so many milliseconds on they are slow. */
  slow?: number;
};

export function parseSearch(raw: Record<string, unknown>): OverviewSearch {
  const good = limitOf(raw.good);
  const slow = limitOf(raw.slow);
  return {
    ...parseRangeSearch(raw),
    ...(good === undefined ? {} : { good }),
    ...(slow === undefined ? {} : { slow }),
  };
}
