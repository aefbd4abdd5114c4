// Request records as tests want them: all of a gateway's, a filter that is written down once more, and a mixed traffic whose outcome is known.
import assert from "node:assert/strict";

import { RawClient, chat } from "./raw.mjs";
import { chatFetch, until } from "./world.mjs";

// All records that match, newest first.
export async function recordsOf(gateway, filter = {}, { pageSize = 500 } = {}) {
  const all = [];
  let cursor;
  do {
    const page = await gateway.control.call("LogService/ListRecords", { pageSize, filter, ...(cursor && { cursor }) });
    all.push(...(page.records ?? []));
    cursor = page.nextCursor;
  } while (cursor);
  return all;
}

export const settled = (gateway, count) =>
  until(`${count} records`, async () => {
    const all = await recordsOf(gateway);
    assert.ok(all.length <= count, `${all.length} records of ${count} requests`);
    return all.length === count && all;
  });

export const number = (value) => Number(value ?? 0);

// RecordFilter of admin.proto, as its comments say it.
const conditions = {
  sinceUs: (record, since) => number(record.receivedUs) >= since,
  untilUs: (record, before) => number(record.receivedUs) < before,
  tiers: (record, tiers) => tiers.includes(record.tier ?? (record.endpoint === "chat_completions" ? "none" : "no model request")),
  models: (record, models) => models.includes(record.model),
  providers: (record, providers) => providers.includes(record.provider),
  keyIds: (record, keys) => keys.includes(record.keyId),
  endings: (record, endings) => endings.includes(record.ending),
  statuses: (record, statuses) => statuses.some((status) => new RegExp(`^${status.replace("xx", "\\d\\d")}$`).test(String(record.status ?? 0))),
  errorKinds: (record, kinds) => record.errorKind !== undefined && (kinds.includes("any") || kinds.includes(record.errorKind)),
  categories: (record, categories) => categories.includes(record.category),
  text: (record, text) => [record.preview, record.requestId, record.error].some((one) => one?.toLowerCase().includes(text.toLowerCase())),
  minDurationMs: (record, least) => Math.floor((number(record.completedUs) - number(record.receivedUs)) / 1000) >= least,
  minRetries: (record, least) => (record.attempts ?? []).length - 1 >= least,
  streaming: (record, wanted) => (record.streaming ?? false) === wanted,
  requestId: (record, id) => record.requestId === id,
  instanceIds: (record, instances) => instances.includes(record.instanceId),
};
export const matches = (filter, record) => Object.entries(filter).every(([name, value]) => conditions[name](record, value));

// The same numbers in every run.
export function randomOf(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  return { below: (end) => Math.floor(next() * end), pick: (list) => list[Math.floor(next() * list.length)], chance: (share) => next() < share };
}

// Keys, providers that answer, fail and are not there, and prices for all models but those of `other`.
export const callers = { web: "sr-key-of-the-web-team-01", batch: "sr-key-of-the-batch-team-02", quiet: "sr-key-of-the-quiet-team-03" };
export const mixedMocks = { mock: { script: { models: { overloaded: { status: 503 } } } }, other: {} };
export const mixedConfig =
  (more = {}) =>
  ({ mock, other }) => ({
    gateway: {
      unknown_model: "reject",
      api_keys: ["sr-key-without-a-name-04"],
      keys: [
        { name: "web", key: callers.web },
        { name: "batch", key: callers.batch },
        { name: "quiet", key: callers.quiet, log_bodies: false },
      ],
    },
    providers: [
      { id: "mock", protocol: "openai", base_url: mock.baseURL, api_key: "sk-upstream-0001" },
      { id: "other", protocol: "openai", base_url: other.baseURL, api_key: "sk-upstream-0002" },
      { id: "down", protocol: "openai", base_url: "http://127.0.0.1:1/v1", api_key: "sk-upstream-0003" },
    ],
    models: [
      { id: "mock/medium", price: { input: 1.5, output: 6 } },
      { id: "mock/large", price: { input: 10, output: 40 } },
      { id: "mock/named", price: { input: 0.25, output: 1 } },
    ],
    tiers: {
      t1: { models: ["mock/overloaded", "down/gone", "other/nobodys"] },
      t2: { models: ["mock/medium"] },
      t3: { models: ["mock/large"] },
    },
    router: { mode: "keyword", default_tier: "t2", keywords: { t1: ["hello there"], t3: ["prove it"] } },
    health: { eject_after: 0, cooldowns: { keyword: "0s", empty: "0s", rate_limited: "0s", unauthorized: "0s", longest: "0s" } },
    retry: { budget_floor: 1000 },
    logs: { bodies: true },
    ...more,
  });

const user = (content) => ({ messages: [{ role: "user", content }] });
const mocked = (behaviour, fields = {}) => ({ ...user(`[[mock: ${JSON.stringify(behaviour)}]]`), ...fields });
const tool = { type: "function", function: { name: "look_up", parameters: { type: "object", properties: { city: { type: "string" } } } } };
const failing = ["mock/overloaded", "down/gone"];

// name: [body, status, models that are tried, tier or undefined, name of the caller]
export const kinds = {
  plain: [user("What is the weather, Grüße, 天气?"), 200, ["mock/medium"], "t2", "web"],
  stream: [{ ...user("Count to nine"), stream: true, stream_options: { include_usage: true } }, 200, ["mock/medium"], "t2", "batch"],
  hello: [user("well, hello there!"), 200, [...failing, "other/nobodys"], "t1", "web"],
  hard: [user("now prove it"), 200, ["mock/large"], "t3", "web"],
  named: [{ model: "mock/named", ...user("by name"), stream: true }, 200, ["mock/named"], undefined, "batch"],
  quiet: [user("nobody may read this"), 200, ["mock/medium"], "t2", "quiet"],
  tools: [{ ...user("weather?"), tools: [tool] }, 200, ["mock/medium"], "t2", "batch"],
  toolResult: [
    {
      messages: [
        { role: "user", content: "weather?" },
        { role: "assistant", content: null, tool_calls: [{ id: "call_1", type: "function", function: { name: "look_up", arguments: '{"city":"Köln"}' } }] },
        { role: "tool", tool_call_id: "call_1", content: "rain" },
      ],
    },
    200, ["mock/medium"], "t2", "web",
  ],
  slow: [mocked({ latency_ms: 60 }), 200, ["mock/medium"], "t2", "web"],
  passed: [mocked({ status: 422 }), 422, ["mock/medium"], "t2", "web"],
  twice: [{ model: "mock/overloaded", ...user("again and again") }, 502, ["mock/overloaded"], undefined, "web"],
  unknown: [{ model: "nobody-knows-it", ...user("hi") }, 404, [], undefined, "web"],
  noJson: [{ messages: "none" }, 400, [], undefined, "batch"],
  noKey: [user("let me in"), 401, [], undefined, undefined],
  broken: [mocked({ events: 3, pace_ms: 100, no_finish_reason: true, no_done: true }, { stream: true }), 200, ["mock/medium"], "t2", "web"],
  counted: [mocked({ no_usage: true }), 200, ["mock/medium"], "t2", "batch"],
};

// Sends each kind `rounds` times to the proxies in turn, some at once; gives the ids in the order of sending. Besides: one listing of the models,
// one request for nothing, and one client that leaves, per round.
export async function mixedTraffic(gateway, rounds, { prefix = "mixed" } = {}) {
  const sent = [];
  const at = (i) => gateway.proxies[i % gateway.proxies.length];
  const one = async (name, round, i) => {
    const [fields, status, , , caller] = kinds[name];
    const headers = { "x-request-id": `${prefix}-${round}-${name}`, ...(caller && { authorization: `Bearer ${callers[caller]}` }) };
    const answer = await chatFetch(at(i).baseURL, fields, { headers });
    const text = await answer.text().catch(() => "broken");
    assert.equal(answer.status, status, `${name}: ${text}`);
  };
  for (let round = 0; round < rounds; ++round) {
    const names = Object.keys(kinds);
    sent.push(...names.map((name) => `${prefix}-${round}-${name}`));
    await Promise.all(names.map((name, i) => one(name, round, i + round)));
    const authorization = { authorization: `Bearer ${callers.web}` };
    await fetch(`${at(round).baseURL}/models`, { headers: authorization }).then((answer) => answer.text());
    await fetch(`${at(round).baseURL}/nothing`, { headers: authorization }).then((answer) => answer.text());
    const leaving = await RawClient.open(at(round).ready.listen);
    leaving.write(chat(mocked({ events: -1, pace_ms: 5 }, { stream: true }), [`X-Request-Id: ${prefix}-${round}-left`, `Authorization: Bearer ${callers.web}`]));
    await leaving.received(1);
    leaving.reset();
    sent.push(`${prefix}-${round}-models`, `${prefix}-${round}-nothing`, `${prefix}-${round}-left`);
  }
  return sent;
}
