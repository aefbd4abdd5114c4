// Between the URL and what is asked of the server.
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { RecordFilterSchema } from "@/gen/smartroute/v1/admin_pb";
import type { Range } from "@/lib/range";
import { joinList, type ListName, listNames, type LogsSearch, splitList } from "../search";

export type FilterInit = MessageInitShape<typeof RecordFilterSchema>;

/** All conditions but the time. */
export function conditionsOf(search: LogsSearch): FilterInit {
  const filter: FilterInit = {};
  const lists: [ListName, (values: string[]) => void][] = [
    ["tier", (values) => (filter.tiers = values)],
    ["model", (values) => (filter.models = values)],
    ["provider", (values) => (filter.providers = values)],
    ["key", (values) => (filter.keyIds = values)],
    ["status", (values) => (filter.statuses = values)],
    ["error", (values) => (filter.errorKinds = values)],
    ["ending", (values) => (filter.endings = values)],
    ["category", (values) => (filter.categories = values)],
    ["instance", (values) => (filter.instanceIds = values)],
  ];
  for (const [name, set] of lists) {
    const values = splitList(search[name]);
    if (values.length > 0) set(values);
  }
  if (search.q) filter.text = search.q;
  if (search.req) filter.requestId = search.req;
  if (search.slow) filter.minDurationMs = search.slow;
  if (search.retries) filter.minRetries = search.retries;
  if (search.stream !== undefined) filter.streaming = search.stream;
  return filter;
}

/** Microseconds since 1970, as the server counts; 0 for "now": no bound. */
export function timesOf(range: Range): { sinceUs: bigint; untilUs: bigint } {
  return {
    sinceUs: BigInt(Math.floor(range.since)) * 1000n,
    untilUs: range.until === "now" ? 0n : BigInt(Math.floor(range.until)) * 1000n,
  };
}

export function filterOf(search: LogsSearch, range: Range): FilterInit {
  return { ...conditionsOf(search), ...timesOf(range) };
}

export type Condition = { name: ListName | "q" | "req" | "slow" | "retries" | "stream"; value: string };

/** What narrows the list at the moment, one by one, the time apart. */
export function activeConditions(search: LogsSearch): Condition[] {
  const all: Condition[] = [];
  for (const name of listNames) for (const value of splitList(search[name])) all.push({ name, value });
  for (const name of ["q", "req", "slow", "retries", "stream"] as const) {
    const value = search[name];
    if (value !== undefined) all.push({ name, value: String(value) });
  }
  return all;
}

export type SearchChange = Partial<LogsSearch>;

export function withoutCondition(search: LogsSearch, { name, value }: Condition): SearchChange {
  const isList = listNames.some((one) => one === name);
  if (!isList) return { [name]: undefined };
  return { [name]: joinList(splitList(search[name as ListName]).filter((one) => one !== value)) };
}

export function toggled(search: LogsSearch, name: ListName, value: string): SearchChange {
  const values = splitList(search[name]);
  return { [name]: joinList(values.includes(value) ? values.filter((one) => one !== value) : [...values, value]) };
}

/** Takes every condition away, and leaves time, live and the open record as they are. */
export const noConditions: SearchChange = {
  ...Object.fromEntries(listNames.map((name) => [name, undefined])),
  q: undefined,
  req: undefined,
  slow: undefined,
  retries: undefined,
  stream: undefined,
};

export const slowMs = 10_000;
export const presetNames = ["errors", "retried", "slow"] as const;
export type PresetName = (typeof presetNames)[number];
const presetChanges: Record<PresetName, { on: SearchChange; off: SearchChange; holds(search: LogsSearch): boolean }> = {
  errors: { on: { error: "any" }, off: { error: undefined }, holds: (search) => splitList(search.error).includes("any") },
  retried: { on: { retries: 1 }, off: { retries: undefined }, holds: (search) => search.retries !== undefined },
  slow: { on: { slow: slowMs }, off: { slow: undefined }, holds: (search) => search.slow !== undefined },
};
export function presetHolds(search: LogsSearch, name: PresetName): boolean {
  return presetChanges[name].holds(search);
}
export function togglePreset(search: LogsSearch, name: PresetName): SearchChange {
  const preset = presetChanges[name];
  return preset.holds(search) ? preset.off : preset.on;
}
