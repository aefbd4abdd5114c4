// What of the catalogue a gateway can charge by: see dataplane/core/prices/catalogue.hpp for the rules in words.
import { addresses_of_pattern, tests_of_pattern } from "./patterns.mjs";

const kMinutesOfDay = 1440;
// Our names of prices by the catalogue's. What is written for one hour is charged as a write: upstreams do not report the two apart.
export const kPriceKeys = ["input_mtok", "output_mtok", "cache_read_mtok", "cache_write_mtok", "input_audio_mtok", "output_audio_mtok"];
// Part of no other token's price; and charged by the use of a tool, not by the token.
const kLeftAside = ["cache_write_1h_mtok", "cache_audio_read_mtok", "web_searches_kcount", "storage_searches_kcount"];

// US dollars as a decimal number, to whole nano-dollars, half up, with no binary fraction on the way.
export function nano_dollars(number) {
  const parts = /^(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(number));
  if (!parts) throw new Error(`${number} is no price`);
  const digits = parts[1] + (parts[2] ?? "");
  const scale = 9 - (parts[2]?.length ?? 0) + Number(parts[3] ?? 0);
  if (scale >= 0) return BigInt(digits) * 10n ** BigInt(scale);
  const unit = 10n ** BigInt(-scale);
  return (BigInt(digits) + unit / 2n) / unit;
}

function minutes(time) {
  const parts = /^(\d\d):(\d\d):00Z$/.exec(time);
  if (!parts) throw new Error(`${time} is no time of day in whole minutes`);
  return Number(parts[1]) * 60 + Number(parts[2]);
}

function holds(constraint, date, minute) {
  if (constraint === undefined) return true;
  if (constraint.type === "start_date") return date >= constraint.start_date;
  if (constraint.type !== "time_of_date") throw new Error(`an unknown constraint ${JSON.stringify(constraint)}`);
  const start = minutes(constraint.start_time), end = minutes(constraint.end_time);
  return end < start ? minute >= start || minute < end : minute >= start && minute < end;
}

// The price in force for most of the day on `date`; the last of those that hold counts.
export function usual_price(prices, date) {
  if (!Array.isArray(prices)) return prices;
  const shares = new Array(prices.length).fill(0);
  for (let minute = 0; minute < kMinutesOfDay; ++minute) {
    let last = prices.length - 1;
    while (last > 0 && !holds(prices[last].constraint, date, minute)) --last;
    ++shares[last];
  }
  return prices[shares.indexOf(Math.max(...shares))].prices;
}

// Nano-dollars in the order of kPriceKeys; undefined where the catalogue says nothing. Undefined as a whole: no price that tokens alone give.
function token_prices(model, date) {
  const price = usual_price(model.prices, date);
  const keys = Object.keys(price).filter((key) => price[key] !== undefined);
  if (keys.length === 0) return model.id.toLowerCase().endsWith(":free") ? [0n, 0n] : undefined;
  if (price.input_mtok === undefined || price.output_mtok === undefined) return undefined;
  if (keys.some((key) => !kPriceKeys.includes(key) && !kLeftAside.includes(key))) return undefined;
  // Sound is what such a model is charged for, by far.
  if (/\baudio\b/i.test(model.id) && price.input_audio_mtok === undefined) return undefined;
  return kPriceKeys.map((key) => {
    const value = price[key];
    return value === undefined ? undefined : nano_dollars(typeof value === "object" ? value.base : value);
  });
}

const kTests = { equals: "Equals", starts_with: "StartsWith", ends_with: "EndsWith", contains: "Contains" };

// As tests_of_pattern().
function tests_of(match) {
  const keys = Object.keys(match);
  if (keys.length !== 1) throw new Error(`a rule of several kinds: ${JSON.stringify(match)}`);
  const [kind] = keys;
  if (kind === "or") return match.or.flatMap(tests_of);
  if (kind === "and")
    return match.and.map(tests_of).reduce((left, right) => left.flatMap((a) => right.map((b) => [...a, ...b])), [[]]);
  if (kind === "regex") return tests_of_pattern(match.regex);
  if (!(kind in kTests)) throw new Error(`an unknown rule: ${JSON.stringify(match)}`);
  const text = match[kind].toLowerCase();
  if (text === "") throw new Error("an empty rule");
  return [[{ test: kTests[kind], text }]];
}

// Providers in the catalogue's order, each with its models in theirs: the first that matches counts.
export function read_catalogue(providers, date) {
  const index = new Map(providers.map((provider, i) => [provider.id, i]));
  return providers.map((provider) => ({
    id: provider.id,
    addresses: addresses_of_pattern(provider.api_pattern),
    makes: provider.model_match ? tests_of(provider.model_match) : [],
    called: provider.provider_match ? tests_of(provider.provider_match) : [],
    fallbacks: (provider.fallback_model_providers ?? []).map((id) => {
      if (!index.has(id)) throw new Error(`${provider.id} falls back to ${id}, which is not there`);
      return index.get(id);
    }),
    models: provider.models.map((model) => ({
      id: model.id,
      prices: token_prices(model, date),
      context_window: model.context_window,
      tests: tests_of(model.match),
    })),
  }));
}
