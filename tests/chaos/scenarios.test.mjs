// Sixteen ways for a provider to fail, after the public catalogue of failoverbench: a primary, a fallback, an answer of sixty tokens.
// Each is played live, with a tier's guarantee `buffered`, and with that guarantee asked for by a header; each of these by the official
// SDK, as bytes, and as a request that is not streamed. verdict.mjs says how it went.
//
// Times are the catalogue's divided by five (the outage of S15 by ten), the gateway's own limits as well; SMARTROUTE_CHAOS_REAL_TIME=1
// plays them at full length.
import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import { openai } from "../conformance/lib/clients.mjs";
import { Gateway, until, useGateway } from "../integration/lib/world.mjs";
import { canonical, isWholePrefix } from "./answer.mjs";
import { rawStream, sdkPlain, sdkStream } from "./observe.mjs";
import { put } from "./results.mjs";
import { Upstream } from "./upstream.mjs";
import { judge, judgeOutage, worstOf } from "./verdict.mjs";

const realTime = process.env.SMARTROUTE_CHAOS_REAL_TIME === "1";
const table = realTime ? "scenarios_real_time" : "scenarios";
const scale = realTime ? 1 : 5;
const outageScale = realTime ? 1 : 10;
const scaled = (ms) => ms / scale;
const timeouts = { connect: `${scaled(2_500)}ms`, first_byte: `${scaled(10_000)}ms`, idle: `${scaled(10_000)}ms`, total: "600s" };
// One time of the catalogue that ends because of the gateway's own limit may take that much longer: two cores, many processes.
const slack = 1_000;

const primary = await Upstream.start("primary", { promptTokens: 11 });
const fallback = await Upstream.start("fallback", { promptTokens: 13 });
after(() => [primary, fallback].forEach((upstream) => upstream.close()));

const providers = [
  { id: "primary", base_url: primary.baseURL, api_key: "sk-primary" },
  { id: "fallback", base_url: fallback.baseURL, api_key: "sk-fallback" },
];
const configOf = (tiers, more = {}) => ({
  providers,
  tiers: Object.fromEntries(Object.entries(tiers).map(([name, tier]) => [name, { timeouts, ...tier }])),
  router: { mode: "keyword", default_tier: "t1" },
  // Modes and clients are played in a row that no single caller would be: the budget over all requests is row C5 of the matrix.
  retry: { budget_floor: 1_000 },
  ...more,
});
const idle = configOf({ t1: { models: ["fallback/well"] } });
const gateway = useGateway({ mocks: [], config: idle });

// What a client can ask for: a model by name, with its fallback; a tier that is `buffered`; the model by name, with a header. `better`: a
// break behind the first token is made good.
const modes = {
  live: { better: false },
  buffered: { tiered: true, better: true },
  "buffered by header": { headers: { "x-smartroute-guarantee": "buffered" }, better: true },
};
const clients = { "SDK stream": sdkStream, "raw stream": rawStream, "SDK plain": sdkPlain };
const messages = [{ role: "user", content: "Sixty tokens, please." }];

// Plays one fault to every client in every mode at once, each with models of its own: what is known of a model must not help the next
// one. `play`: the primary's behaviour; `others`: further candidates {suffix: {role, play, context_window}} instead of the one fallback.
let serial = 0;
async function playAll({ play, alone, others, window, clients: names = Object.keys(clients) }) {
  const candidates = Object.entries(alone ? {} : (others ?? { fallback: { role: "fallback" } }));
  const tiers = {};
  const models = [];
  const runs = [];
  for (const [n, client] of names.entries())
    for (const [mode, settings] of Object.entries(modes)) {
      const name = `m${++serial}`;
      const fallbacks = candidates.map(([suffix]) => `fallback/${name}-${suffix}`);
      primary.play(name, play);
      const lists = { primary: () => primary.attempts(name) };
      for (const [i, [suffix, { role, play: wanted = {}, context_window }]] of candidates.entries()) {
        fallback.play(`${name}-${suffix}`, wanted);
        lists[role] = () => fallback.attempts(`${name}-${suffix}`);
        if (context_window) models.push({ id: fallbacks[i], context_window });
      }
      models.push({ id: `primary/${name}`, timeouts, ...(!settings.tiered && { fallbacks }), ...(window && { context_window: window }) });
      const tier = `t${n + 1}`;
      if (settings.tiered) tiers[tier] = { models: [`primary/${name}`, ...fallbacks], guarantee: "buffered" };
      runs.push({ client, mode, settings, name, lists, model: settings.tiered ? tier : `primary/${name}`, requestId: `chaos-${name}` });
    }
  await gateway.setConfig(configOf(tiers, { models }));
  return Promise.all(
    runs.map(async (run) => {
      const headers = { ...run.settings.headers, "x-request-id": run.requestId };
      const seen = await clients[run.client](gateway, { model: run.model, messages }, { headers, deadlineMs: scaled(100_000) });
      return { ...run, seen, attempts: Object.fromEntries(Object.entries(run.lists).map(([who, list]) => [who, list()])) };
    }),
  );
}

// The gateway's record of a request, once it is stored.
const recordOf = (requestId) =>
  until(`the record of ${requestId}`, async () => {
    const { records = [] } = await gateway.control.call("LogService/ListRecords", { pageSize: 50 });
    return records.find((record) => record.requestId === requestId);
  });

const well = async () => {
  const seen = await sdkPlain(gateway, { model: "fallback/well", messages }, { deadlineMs: 10_000 });
  return !seen.hung && !seen.error;
};

const status = (status, code, message, headers) => ({ status, code, message, headers });
const busy = status(503, "overloaded", "This provider is down for the test.");

// Each: criterion, and variants of the fault, [{name, play, ...rules of verdict.mjs, clients, more}]. `live`: what is expected of a live
// stream; everything else is to pass.
const scenarios = {
  S01: {
    title: "429 with Retry-After: 2, once",
    criterion: "second attempt 1.8 s later or fail over; at most 2 attempts in 1.5 s",
    variants: [
      { name: "with a fallback", play: (nth) => (nth === 1 ? status(429, "rate_limit_exceeded", "slow down", { "retry-after": "2" }) : {}), burst: { ms: 1_500, max: 2 }, gap: 1_800, within: 5_000 },
      { name: "without one", clients: ["SDK stream"], alone: true, play: (nth) => (nth === 1 ? status(429, "rate_limit_exceeded", "slow down", { "retry-after": "2" }) : {}), burst: { ms: 1_500, max: 1 }, gap: 1_800, primary: { min: 2, max: 2 } },
    ],
  },
  S02: {
    title: "429 always, no Retry-After",
    criterion: "at most 4 attempts in 3 s and 6 in all, then fail over",
    variants: [{ name: "", play: status(429, "rate_limit_exceeded", "slow down"), burst: { ms: 3_000, max: 4 }, primary: { max: 6 }, fallback: { min: 1 } }],
  },
  S03: {
    title: "500 once",
    criterion: "the same provider again, or another",
    variants: [
      { name: "with a fallback", play: (nth) => (nth === 1 ? status(500, null, "oops") : {}), primary: { max: 2 } },
      { name: "without one", alone: true, play: (nth) => (nth === 1 ? status(500, null, "oops") : {}), primary: { min: 2, max: 2 } },
    ],
  },
  S04: { title: "503 always", criterion: "at most 6 attempts, fail over", variants: [{ name: "", play: busy, primary: { max: 6 }, fallback: { min: 1, max: 1 } }] },
  S05: {
    title: "TCP reset before the head",
    criterion: "again, or another",
    variants: [
      { name: "once", play: (nth) => (nth === 1 ? { reset: true } : {}), primary: { max: 2 } },
      { name: "always", play: { reset: true }, primary: { max: 6 }, fallback: { min: 1 } },
    ],
  },
  S06: {
    title: "accepts and never answers",
    criterion: "100 s in all; the silent route is tried once",
    variants: [{ name: "", play: { silent: true }, within: Math.min(scaled(100_000), scaled(10_000) + slack), primary: { min: 1, max: 1 } }],
  },
  S07: {
    title: "head at once, first token after 20 s",
    criterion: "done in 15 s, by a limit on the first token",
    variants: [
      { name: "head alone", clients: ["SDK stream", "SDK plain"], play: { first_token_ms: scaled(20_000) }, within: scaled(15_000), primary: { max: 1 } },
      { name: "head and role", clients: ["raw stream"], play: { first_token_ms: scaled(20_000), role_first: true }, within: scaled(15_000), primary: { max: 1 } },
    ],
  },
  S08: {
    title: "cut after 40 of 60 tokens",
    criterion: "the whole answer or a clear error",
    live: "safe",
    variants: ["fin", "rst", "clean"].map((how) => ({ name: { fin: "FIN", rst: "RST", clean: "a clean end" }[how], play: { cut_after: 40, cut_how: how, pace_ms: 1 }, primary: { min: 1, max: 1 }, better: { fallback: { min: 1 } } })),
  },
  S09: {
    title: "silent for 30 s after 20 tokens",
    criterion: "ends within 45 s, gateway healthy afterwards",
    live: "safe",
    variants: [{ name: "", play: { stall_after: 20, stall_ms: scaled(30_000) }, within: Math.min(scaled(45_000), scaled(10_000) + slack), primary: { min: 1, max: 1 } }],
  },
  S10: {
    title: "an event before the tenth token is no JSON",
    criterion: "skip it or fail cleanly; the process stays up",
    variants: [{ name: "", play: { bad_event_before: 10 }, wantsLive: "answer or error", primary: { min: 1 } }],
  },
  S11: {
    title: "no [DONE]",
    criterion: "over within 8 s, usage reported",
    variants: [
      { name: "the body ends", play: { no_done: true }, within: scaled(8_000), usage: primary.usage, primary: { min: 1, max: 1 } },
      { name: "the body does not end", clients: ["SDK stream", "raw stream"], play: { no_done: true, stays_open: true }, within: realTime ? 8_000 : scaled(10_000) + slack, usage: primary.usage, primary: { min: 1, max: 1 } },
    ],
  },
  S12: {
    title: "400 context_length_exceeded",
    criterion: "one attempt at that model, then one with a larger window, or the provider's own words",
    variants: (() => {
      const play = status(400, "context_length_exceeded", "This model's maximum context length is 8192 tokens.");
      const small = { role: "fallback", context_window: 8_000 };
      const large = { role: "larger", context_window: 128_000 };
      return [
        { name: "with a larger model", play, window: 8_192, others: { small, large }, primary: { min: 1, max: 1 }, fallback: { max: 0 }, larger: { min: 1, max: 1 } },
        { name: "without one", play, window: 8_192, others: { small }, wants: { status: 400, code: "context_length_exceeded" }, primary: { min: 1, max: 1 }, fallback: { max: 0 } },
      ];
    })(),
  },
  S13: {
    title: "400 content_policy_violation",
    criterion: "one attempt, the reason reaches the client",
    variants: [{ name: "", play: status(400, "content_policy_violation", "Refused by the safety system."), wants: { status: 400, code: "content_policy_violation" }, primary: { min: 1, max: 1 }, fallback: { max: 0 } }],
  },
  S14: {
    title: "cut after 40 tokens, and the fallback takes no assistant prefill",
    criterion: "from the beginning; the refused prefill is never seen",
    live: "safe",
    variants: [{ name: "", play: { cut_after: 40, cut_how: "fin", pace_ms: 1 }, others: { fallback: { role: "fallback", play: { refuses_prefill: true } } }, primary: { min: 1, max: 1 } }],
  },
  S16: {
    title: "503 always: who is named, who is billed",
    criterion: "the answer names the fallback, has its usage; failed attempts are not billed",
    variants: [{ name: "", play: busy, primary: { max: 6 }, usage: fallback.usage, billed: fallback.usage }],
  },
};

// In words, for the table: what the clients of one mode got.
function told(runs) {
  const kinds = runs.map(({ seen }) => (seen.hung ? "hung" : seen.error ? (seen.error.how === "event" ? "error event" : `status ${seen.status}`) : "whole answer"));
  const counts = [...new Set(kinds)].map((kind) => `${kinds.filter((one) => one === kind).length} × ${kind}`);
  return `${counts.join(", ")}; ${Math.round(Math.max(...runs.map(({ seen }) => seen.ms)))} ms at most`;
}

for (const [id, { title, criterion, live = "pass", variants }] of Object.entries(scenarios))
  test(`${id} ${title}: live ${live}, buffered pass`, async () => {
    const runs = [];
    for (const variant of variants)
      for (const run of await playAll(variant)) {
        // An answer that is not streamed is held until it is whole anyway.
        const held = run.settings.better || run.client === "SDK plain";
        const rules = { ...variant, ...(held && variant.better), ...(!held && variant.wantsLive && { wants: variant.wantsLive }) };
        if (variant.billed && !run.seen.error) rules.model = `${run.name}-fallback`;
        const result = judge(rules, { seen: run.seen, attempts: run.attempts, alive: await well() });
        if (variant.billed) {
          const record = await recordOf(run.requestId);
          const billed = [Number(record.promptTokens?.count ?? 0), Number(record.completionTokens?.count ?? 0)];
          if (billed[0] !== variant.billed.prompt_tokens || billed[1] !== variant.billed.completion_tokens) Object.assign(result, { verdict: "fail", complaints: [`${billed} tokens were recorded`] });
        }
        runs.push({ ...run, ...result, expected: held ? "pass" : live, what: `${id} ${variant.name}, ${run.client}, ${run.mode}` });
      }
    const of = (better) => runs.filter(({ settings }) => settings.better === better);
    const summary = (list) => ({ verdict: worstOf(list.map(({ verdict }) => verdict)), told: told(list), runs: list.length });
    put(table, id, { title, criterion, live: summary(of(false)), buffered: summary(of(true)), expected: { live, buffered: "pass" }, realTime });
    const wrong = runs.filter(({ verdict, expected }) => verdict !== expected);
    assert.deepEqual(wrong.map(({ what, verdict, complaints, seen }) => `${what}: ${verdict} ${complaints.join("; ")} ${JSON.stringify(seen.error ?? "")}`), []);
  });

// ---- S15: an outage, and its end

const outage = 60_000 / outageScale;
const coolingMs = 10_000 / outageScale;
// Five failures in a row are one ejection; from then on one request at the end of each cooldown (once as long, then twice) finds out.
const probes = 5 + Math.ceil((outage - coolingMs) / (2 * coolingMs)) + 1;
const outageModes = Object.entries(modes).map(([mode, settings], i) => ({ mode, settings, tier: `t${i + 1}`, name: `outage-${mode.replaceAll(" ", "-")}` }));
const outageGateway = new Gateway({
  mocks: [],
  config: configOf(
    Object.fromEntries(
      outageModes.map(({ settings, tier, name }) => [tier, { models: [`primary/${name}`, `fallback/${name}`], ...(settings.tiered && { guarantee: "buffered" }) }]),
    ),
    { health: { cooldowns: { failing: `${coolingMs}ms` } } },
  ),
});

async function playOutage({ mode, settings, tier, name }) {
  const begun = performance.now();
  primary.play(name, () => (performance.now() - begun < outage ? busy : {}));
  const calls = [];
  // Twenty calls, and as many more as it takes to see whether it is back in time.
  for (let i = 0; i < 20 || (i < 23 && calls.at(-1).from !== "primary"); ++i) {
    const due = (i * 4_000) / outageScale;
    await pause(Math.max(0, begun + due - performance.now()));
    const at = performance.now() - begun;
    const seen = await (i % 2 === 0 ? sdkStream : rawStream)(outageGateway, { model: tier, messages }, { headers: settings.headers, deadlineMs: 30_000 / outageScale });
    const from = seen.headers["x-smartroute-provider"];
    calls.push({ at, from, ...judge({ usage: (from === "primary" ? primary : fallback).usage }, { seen, attempts: {} }) });
  }
  const attempts = primary.attempts(name).map(({ at }) => ({ at: at - begun }));
  const judged = judgeOutage({ outage, recovery: 30_000 / outageScale, probes }, { calls, attempts });
  return { mode, settings, ...judged, calls: calls.length, timeline: `attempts at ${attempts.map(({ at }) => Math.round(at))}` };
}

// It runs while the others do, and is waited for behind them.
let outageRuns;
before(async () => {
  await outageGateway.start();
  outageRuns = Promise.all(outageModes.map(playOutage));
  outageRuns.catch(() => {});
});
after(() => outageGateway.stop());

test("S15 503 for 60 s, then healthy: live pass, buffered pass", async () => {
  const runs = await outageRuns;
  const summary = (list) => ({
    verdict: worstOf(list.map(({ verdict }) => verdict)),
    told: `${list.map(({ calls }) => calls).join(" and ")} calls, all answered; ${Math.max(...list.map(({ during }) => during))} attempts at the primary while it was down; back ${Math.round(Math.max(...list.map(({ backAfter = NaN }) => backAfter)))} ms after its recovery`,
    runs: list.length,
  });
  put(table, "S15", {
    title: "503 for 60 s, then healthy; 20 calls",
    criterion: "served by the fallback, back on the primary within 30 s, disciplined probes",
    live: summary(runs.filter(({ settings }) => !settings.better)),
    buffered: summary(runs.filter(({ settings }) => settings.better)),
    expected: { live: "pass", buffered: "pass" },
    realTime,
  });
  assert.deepEqual(runs.filter(({ verdict }) => verdict !== "pass").map(({ mode, complaints, timeline }) => `${mode}: ${complaints.join("; ")} (${timeline})`), []);
});

test("a buffered answer may take longer than the limit on its first token, as long as it goes on", async () => {
  const name = "slow-but-steady";
  primary.play(name, { pace_ms: scaled(12_000) / 60 });
  await gateway.setConfig(configOf({ t1: { models: [`primary/${name}`, "fallback/well"], guarantee: "buffered" } }));
  for (const client of [sdkStream, rawStream]) {
    const seen = await client(gateway, { model: "t1", messages }, { deadlineMs: scaled(60_000) });
    assert.deepEqual(judge({ usage: primary.usage, primary: { max: 1 } }, { seen, attempts: { primary: primary.attempts(name).slice(-1) } }), { verdict: "pass", complaints: [] });
  }
});

test("on_break: restart tells the client that the answer begins anew, and gives the whole of it", async () => {
  for (const [what, tier, headers] of [
    ["by the tier", { on_break: "restart" }, {}],
    ["by the header", {}, { "x-smartroute-on-break": "restart" }],
  ])
    for (const how of ["fin", "rst", "clean"]) {
      const name = `restart-${++serial}`;
      primary.play(name, { cut_after: 40, cut_how: how, pace_ms: 1 });
      fallback.play(name, {});
      await gateway.setConfig(configOf({ t1: { models: [`primary/${name}`, `fallback/${name}`], ...tier } }));
      const { ids, chunks, error, finish, usage } = await readRestarted({ model: "t1", messages }, headers);
      const told = `${what}, ${how}`;
      assert.equal(error, undefined, told);
      const notice = chunks.findIndex((chunk) => chunk.smartroute?.restart !== undefined);
      assert.ok(notice > 0, `${told}: a notice stands between the two answers`);
      assert.equal(chunks[notice].object, "chat.completion.chunk");
      assert.deepEqual(chunks[notice].choices, []);
      assert.equal(chunks.filter((chunk) => chunk.smartroute?.restart !== undefined).length, 1, told);
      const text = (list) => list.map((chunk) => chunk.choices[0]?.delta?.content ?? "").join("");
      assert.ok(isWholePrefix(text(chunks.slice(0, notice))), `${told}: whole tokens before the notice`);
      assert.equal(text(chunks.slice(notice + 1)), canonical, `${told}: the whole answer behind it`);
      assert.equal(finish, "stop", told);
      assert.equal(ids.length >= 2, true, told);
      assert.deepEqual(usage, fallback.usage, told);
    }
});

// Every chunk that the official SDK hands out, the notice of a restart among them.
async function readRestarted(params, headers) {
  const read = { chunks: [], ids: [], error: undefined, finish: null, usage: null };
  try {
    const stream = await openai(gateway, { maxRetries: 0 }).chat({ ...params, stream: true, stream_options: { include_usage: true } }, { headers });
    for await (const chunk of stream) {
      read.chunks.push(chunk);
      if (chunk.id && !read.ids.includes(chunk.id)) read.ids.push(chunk.id);
      read.finish = chunk.choices[0]?.finish_reason ?? read.finish;
      read.usage = chunk.usage ?? read.usage;
    }
  } catch (error) {
    read.error = error;
  }
  return read;
}
