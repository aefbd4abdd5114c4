// In which order models are tried, and what of their behaviour is remembered: failures, speed, load.
import assert from "node:assert/strict";
import test, { after, before, beforeEach } from "node:test";

import { Gateway, chatFetch, metricsOf, until } from "./lib/world.mjs";

const tier = (models, more = {}) => ({ models, ...more });
const configWith = (tiers, more = {}) => ({ one, two }) => ({
  providers: [
    { id: "one", base_url: one.baseURL, api_key: "sk-1" },
    { id: "two", base_url: two.baseURL, api_key: "sk-2" },
  ],
  tiers,
  ...more,
});

// Each test has models of its own: what is known of a model survives a config change.
let serial = 0;
const fresh = () => [`one/a${++serial}`, `two/b${serial}`];

const gateway = new Gateway({ mocks: ["one", "two"], config: configWith({ t1: tier(["one/a0"]) }), proxyArgs: ["--workers", "2"] });
before(() => gateway.start());
after(() => gateway.stop());
beforeEach(async () => {
  await gateway.mocks.one.script({});
  await gateway.mocks.two.script({});
});
const configure = (tiers, more) => gateway.setConfig(configWith(tiers, more));
const breaks = (behaviour) => gateway.mocks.one.script({ default: behaviour });

async function ask(fields = {}) {
  const response = await chatFetch(gateway.baseURL, { model: "t1", ...fields });
  await response.text().catch(() => {});      // a broken stream has no last chunk
  return {
    status: response.status,
    model: response.headers.get("x-smartroute-model"),
    attempts: Number(response.headers.get("x-smartroute-attempts")),
    reason: response.headers.get("x-smartroute-tier-reason"),
  };
}
const gauges = async (model) => {
  const metrics = await metricsOf(gateway.proxy.ready.proxy_ops);
  const of = (name) => metrics.value(`smartroute_model_${name}`, { model });
  return { health: of("health"), cooling: of("cooling"), inFlight: of("in_flight"), firstByte: of("first_byte_seconds") };
};
// An attempt ends a moment after its client has the last byte.
const stands = (model, health) =>
  until(`the health of ${model} is ${health}`, async () => Math.abs((await gauges(model)).health - health) < 0.002);
const share = async (model, requests) => {
  let count = 0;
  for (let i = 0; i < requests; ++i) count += (await ask()).model === model ? 1 : 0;
  return count / requests;
};

test("a model that is rate limited comes last while it cools, also after a config change", async () => {
  const [a, b] = fresh();
  await configure({ t1: tier([a, b]), t2: tier([a]) });
  await breaks({ status: 429 });
  const first = await ask();
  assert.deepEqual([first.status, first.model, first.attempts], [200, b, 2]);
  const second = await ask();
  assert.deepEqual([second.status, second.model, second.attempts], [200, b, 1]);
  assert.equal((await gauges(a)).cooling, 1);
  assert.ok((await gauges(a)).health < 0.34);
  assert.deepEqual([(await gauges(b)).cooling, (await gauges(b)).health], [0, 1]);
  await configure({ t1: tier([a, b], { max_attempts: 2 }), t2: tier([a]) });
  assert.equal((await ask()).attempts, 1);
  assert.equal((await gauges(a)).cooling, 1);
  // Where it is all there is, it is tried; and so it is when it was asked for.
  await breaks({});
  assert.deepEqual((({ status, model }) => [status, model])(await ask({ model: "t2" })), [200, a]);
  assert.equal((await ask({ model: a })).model, a);
});

test("a model that leaves the configuration leaves the gauges", async () => {
  const [a, b] = fresh();
  await configure({ t1: tier([a]) });
  assert.equal((await gauges(a)).health, 1);
  await configure({ t1: tier([b]) });
  const metrics = await metricsOf(gateway.proxy.ready.proxy_ops);
  assert.ok(!metrics.text.includes(`model="${a}"`) && metrics.text.includes(`model="${b}"`));
});

test("an answer that breaks or stalls behind its beginning counts against its model", async () => {
  const [a, b] = fresh();
  await configure({ t1: tier([a], { timeouts: { idle: "300ms" } }), t2: tier([b]) });
  await breaks({ events: 20, cut_at_byte: 1_500 });
  await ask({ stream: true });
  await stands(a, 1 / 1.2);
  await breaks({ events: 20, stall_at_byte: 1_500 });
  await ask({ stream: true });
  await stands(a, 1 / 1.3);
  await breaks({});
  await ask({ stream: true });
  await stands(a, 1 / 1.15);
  assert.equal((await gauges(a)).inFlight, 0);
});

test("an attempt is in flight until its answer ends or its client leaves, which is nobody's fault", async () => {
  const [a] = fresh();
  await configure({ t1: tier([a]) });
  await breaks({ events: -1, pace_ms: 5 });
  const abort = new AbortController();
  const response = await chatFetch(gateway.baseURL, { model: "t1", stream: true }, { signal: abort.signal });
  await response.body.getReader().read();
  assert.equal((await gauges(a)).inFlight, 1);
  abort.abort();
  await until("the slot is given back", async () => (await gauges(a)).inFlight === 0);
  // Before an answer has begun as well.
  await breaks({ stall_before_head: true });
  const early = new AbortController();
  const waiting = chatFetch(gateway.baseURL, { model: "t1" }, { signal: early.signal }).catch(() => {});
  await until("it is in flight", async () => (await gauges(a)).inFlight === 1);
  early.abort();
  await waiting;
  await until("the slot is given back", async () => (await gauges(a)).inFlight === 0);
  assert.equal((await gauges(a)).health, 1);
});

test("fastest goes where answers begin sooner", async () => {
  const [a, b] = fresh();
  await configure({ t1: tier([a, b], { strategy: "fastest" }) });
  await breaks({ latency_ms: 120 });
  await share(b, 8);
  assert.ok((await share(b, 20)) > 0.9);
  assert.ok((await gauges(a)).firstByte > (await gauges(b)).firstByte);
});

test("adaptive leaves a failing model alone", async () => {
  const [a, b] = fresh();
  await configure({ t1: tier([a, b], { strategy: "adaptive" }) });
  await breaks({ status: 500 });
  for (let i = 0; i < 40; ++i) assert.equal((await ask()).model, b);
  const before = (await gateway.mocks.one.stats()).total;
  for (let i = 0; i < 40; ++i) await ask();
  assert.ok((await gateway.mocks.one.stats()).total - before < 12);
});

test("random follows the weights, and weight 0 is for when nothing else is left", async () => {
  const [a, b] = fresh();
  const weights = (x, y) => ({ models: [{ id: a, weight: x }, { id: b, weight: y }] });
  await configure({ t1: tier([a, b], { strategy: "random" }) }, weights(1, 3));
  const part = await share(b, 200);
  assert.ok(part > 0.62 && part < 0.88, `${part}`);
  await configure({ t1: tier([a, b], { strategy: "random" }) }, weights(1, 0));
  assert.equal(await share(a, 30), 1);
  await breaks({ status: 503 });
  assert.equal((await ask()).model, b);
});

test("cheapest reckons with the prompt and its answer", async () => {
  const [a, b] = fresh();
  await configure(
    { t1: tier([a, b], { strategy: "cheapest" }) },
    { models: [{ id: a, price: { input: 1, output: 1 } }, { id: b, price: { input: 0.1, output: 10 } }] },
  );
  const long = "word ".repeat(4_000);
  assert.equal((await ask({ max_tokens: 2_000 })).model, a);
  assert.equal((await ask({ max_tokens: 10, messages: [{ role: "user", content: long }] })).model, b);
});

test("a prompt that is too long for a tier goes to one that holds it", async () => {
  const [a, b] = fresh();
  await configure({ t1: tier([a]), t2: tier([b]) }, { models: [{ id: a, context_window: 1_000 }] });
  assert.equal((await ask()).model, a);
  const answer = await ask({ messages: [{ role: "user", content: "word ".repeat(4_000) }] });
  assert.equal(answer.model, b);
  assert.match(answer.reason, /t1 too small, t2 serves/);
});
