// Where a figure leads: the requests behind it, in the same span. Names as the log page's URL has them.
import { type Range, searchOf } from "@/lib/range";

export type LogsCondition = "tier" | "model" | "provider" | "key" | "error";
/** Many values in one, of which nobody can ask. */
export const otherValue = "(other)";

/** Lists are divided by commas there, and a comma of a value is written "\,". */
export function logsSearch(range: Range, condition: LogsCondition, value: string): Record<string, string | number> {
  const search: Record<string, string | number> = { [condition]: value.replace(/[\\,]/g, "\\$&") };
  for (const [name, part] of Object.entries(searchOf(range))) if (part !== undefined) search[name] = part;
  return search;
}
