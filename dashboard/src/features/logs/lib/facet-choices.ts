import type { Facet } from "@/gen/smartroute/v1/admin_pb";

export type Choice = { value: string; label: string; records: bigint | undefined; on: boolean };

// What statistics could not tell apart any more; the log has no such value.
const otherValue = "(other)";

/** What to choose from: what is chosen stays in sight, though nothing has it now; then the most frequent first. */
export function facetChoices(facet: Facet, selected: readonly string[], find: string, nameOf: (value: string) => string): Choice[] {
  const wanted = find.trim().toLowerCase();
  const fits = ({ value, label }: Choice) => wanted === "" || value.toLowerCase().includes(wanted) || label.toLowerCase().includes(wanted);
  const there = facet.values
    .filter(({ value }) => value !== otherValue && value !== "")
    .map(({ value, label, records }): Choice => ({ value, label: label || nameOf(value), records, on: selected.includes(value) }));
  const gone = selected
    .filter((value) => !there.some((choice) => choice.value === value))
    .map((value): Choice => ({ value, label: nameOf(value), records: undefined, on: true }));
  // Three that have an order of their own keep it.
  if (facet.dimension === "tier") there.sort((a, b) => a.value.localeCompare(b.value));
  const all = [...gone, ...there];
  return [...all.filter(({ on }) => on), ...all.filter(({ on }) => !on)].filter(fits);
}
