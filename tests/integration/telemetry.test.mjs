// What is known of a request when it is over: exactly one record, and counters that add up.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import test, { after, before, describe } from "node:test";

import { RawClient, chat, once } from "./lib/raw.mjs";
import { Gateway, chatFetch, metricsOf, plainConfig, until, useGateway } from "./lib/world.mjs";

const config = ({ mock, other }) =>
  plainConfig(mock.baseURL, {
    gateway: { unknown_model: "reject" },
    providers: [
      { id: "mock", protocol: "openai", base_url: mock.baseURL, api_key: "sk-1" },
      { id: "other", protocol: "openai", base_url: other.baseURL, api_key: "sk-2" },
      { id: "down", protocol: "openai", base_url: "http://127.0.0.1:1/v1", api_key: "sk-3" },
    ],
    models: [{ id: "mock/hurried", timeouts: { idle: "300ms" } }, { id: "mock/overloaded", max_attempts: 2 }],
    tiers: {
      t1: { models: ["mock/overloaded", "down/gone", "other/good"] },
      t2: { models: ["mock/medium"] },
      t3: { models: ["mock/overloaded", "down/gone"], max_attempts: 2 },
    },
    router: { mode: "keyword", default_tier: "t2", keywords: { t1: ["hello there"] } },
  });
const mocked = (behaviour, fields = {}) => ({ messages: [{ role: "user", content: `[[mock: ${JSON.stringify(behaviour)}]]` }], ...fields });

// All records of a gateway, oldest first, numbers as numbers.
async function recordsOf(gateway) {
  const all = [];
  let cursor;
  do {
    const page = await gateway.control.call("LogService/ListRecords", { pageSize: 200, ...(cursor && { cursor }) });
    all.push(...(page.records ?? []));
    cursor = page.nextCursor;
  } while (cursor);
  return all.reverse();
}
const settled = (gateway, count) =>
  until(`${count} records`, async () => {
    const all = await recordsOf(gateway);
    assert.ok(all.length <= count, `${all.length} records of ${count} requests`);
    return all.length === count && all;
  });

describe("every request", () => {
  const gateway = useGateway({ mocks: { mock: { script: { models: { overloaded: { status: 503 } } } }, other: {} }, config });
  const address = () => gateway.proxy.ready.listen;
  let asked = 0;
  const known = new Map(); // request id -> what its record must say
  // Sends one request under an id of its own.
  async function expectRecord(id, fields, wanted, headers = []) {
    ++asked;
    known.set(id, wanted);
    const answer = await once(address(), chat(fields, [`X-Request-Id: ${id}`, ...headers]));
    assert.equal(answer.headers.get("x-request-id"), id);
    assert.equal(answer.status, wanted.status ?? 200, answer.body.toString());
    return answer;
  }

  test("of any kind leaves its mark", async () => {
    await expectRecord("plain", {}, { tier: "t2", mode: "default", reason: "default_tier", provider: "mock", model: "mock/medium", ending: "completed", attempts: ["mock/medium answered 200"] });
    await expectRecord("stream", { stream: true, stream_options: { include_usage: true } }, { tier: "t2", streaming: true, ending: "completed", attempts: ["mock/medium answered 200"] });
    await expectRecord("keyword", { messages: [{ role: "user", content: "well, hello there!" }] }, { tier: "t1", mode: "keyword", provider: "other", model: "other/good", ending: "completed", attempts: ["mock/overloaded retryable_status 503", "down/gone connect_failed 0", "other/good answered 200"] });
    await expectRecord("named", { model: "mock/by-name" }, { tier: undefined, mode: "named", model: "mock/by-name", ending: "completed", attempts: ["mock/by-name answered 200"] });
    await expectRecord("no-done", mocked({ no_done: true }, { stream: true }), { ending: "completed_no_done", attempts: ["mock/medium answered 200"] });
    await expectRecord("all-failed", { model: "t3" }, { status: 502, ending: "upstream_error", attempts: ["mock/overloaded retryable_status 503", "down/gone connect_failed 0"] });
    await expectRecord("twice", { model: "mock/overloaded" }, { status: 502, ending: "upstream_error", attempts: ["mock/overloaded retryable_status 503", "mock/overloaded retryable_status 503"] });
    await expectRecord("passed", mocked({ status: 422 }), { status: 422, ending: "upstream_passed", attempts: ["mock/medium rejected_request 422"] });
    await expectRecord("unknown-model", { model: "nobody-knows-it" }, { status: 404, ending: "rejected_by_gateway", attempts: [] });
    await expectRecord("no-json", { messages: "none" }, { status: 400, ending: "rejected_by_gateway", attempts: [] });
    const unfinished = { events: 5, no_finish_reason: true, no_done: true };
    await expectRecord("broken", mocked({ ...unfinished, pace_ms: 20 }, { stream: true }), { ending: "broken_stream", attempts: ["mock/medium broke_mid_stream 200"] });
    await expectRecord("broken-early", mocked(unfinished, { stream: true }), { status: 502, ending: "upstream_error", attempts: Array(3).fill("mock/medium broke_mid_stream 200") });
    await expectRecord("stalled", mocked({ events: 20, stall_at_byte: 1500 }, { stream: true, model: "mock/hurried" }), { ending: "broken_stream", model: "mock/hurried" });
  });

  test("whose client leaves does, too", async () => {
    const client = await RawClient.open(address());
    ++asked;
    known.set("left", { ending: "client_gone" });
    client.write(chat(mocked({ events: -1, pace_ms: 5 }, { stream: true }), ["X-Request-Id: left"]));
    await client.received(1);
    client.reset();
  });

  test("leaves it exactly once, with attempts, tier, reason, status and ending", async () => {
    // Two without a body, and one whose head was refused.
    for (const bytes of ["GET /v1/models HTTP/1.1\r\nHost: a\r\n\r\n", "GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\n\r\n"]) {
      ++asked;
      await once(address(), bytes);
    }
    const all = await settled(gateway, asked);
    for (const [id, wanted] of known) {
      const mine = all.filter(({ requestId }) => requestId === id);
      assert.equal(mine.length, 1, `${id} has ${mine.length} records`);
      const [record] = mine;
      const { status = 200, attempts, ...rest } = wanted;
      assert.equal(record.status ?? 0, status, id);
      for (const [field, value] of Object.entries(rest)) assert.equal(record[field], value, `${id}.${field}: ${JSON.stringify(record)}`);
      if (attempts) assert.deepEqual((record.attempts ?? []).map(({ model, outcome, status: at = 0 }) => `${model} ${outcome} ${at}`), attempts, id);
      const times = ["receivedUs", "routedUs", "upstreamCalledUs", "firstByteUs", "completedUs"].map((name) => Number(record[name] ?? 0)).filter(Boolean);
      assert.deepEqual(times, [...times].sort((a, b) => a - b), `${id}: the points in time are in order`);
      assert.ok(times.length >= 2 && times[0] > Date.UTC(2020) * 1000);
      assert.equal(record.configRevision, "1");
      assert.equal(record.clientAddress?.startsWith("127.0.0.1"), true);
    }
    const stream = all.find(({ requestId }) => requestId === "stream");
    assert.ok(Number(stream.promptTokens.count) > 0 && Number(stream.completionTokens.count) > 0);
    assert.equal(stream.promptTokens.source, "SOURCE_UPSTREAM");
    assert.ok(Number(stream.responseBytes) > 500 && Number(stream.requestBytes) > 50);
    assert.ok(stream.reason);
    assert.deepEqual(all.filter(({ endpoint }) => endpoint === "models").map(({ status }) => status), [200]);
  });

  test("is counted where it belongs, and the sums agree", async () => {
    const metrics = await metricsOf(gateway.proxy.ready.proxy_ops);
    assert.equal(metrics.value("smartroute_requests_total"), asked);
    assert.equal(metrics.value("smartroute_request_endings_total"), asked);
    const all = await recordsOf(gateway);
    for (const ending of new Set(all.map((record) => record.ending)))
      assert.equal(metrics.value("smartroute_request_endings_total", { ending }), all.filter((record) => record.ending === ending).length, ending);
    for (const status of new Set(all.map((record) => record.status ?? 0)))
      assert.equal(metrics.value("smartroute_requests_total", { code: String(status) }), all.filter((record) => (record.status ?? 0) === status).length, `status ${status}`);
    const attempts = all.flatMap((record) => record.attempts ?? []);
    assert.equal(metrics.value("smartroute_upstream_attempts_total"), attempts.length);
    for (const { provider, outcome } of attempts)
      assert.equal(metrics.value("smartroute_upstream_attempts_total", { provider, outcome }), attempts.filter((a) => a.provider === provider && a.outcome === outcome).length, `${provider} ${outcome}`);
    assert.equal(metrics.value("smartroute_fallbacks_total"), all.reduce((sum, { attempts = [] }) => sum + Math.max(0, attempts.length - 1), 0));
    assert.equal(metrics.value("smartroute_inflight_requests"), 0);
    assert.equal(metrics.value("smartroute_log_dropped_total"), 0);
    const control = await metricsOf(gateway.control.ready.control_ops);
    assert.deepEqual([control.value("smartroute_records_held"), control.value("smartroute_records_stored_total")], [asked, asked]);
  });

  test("is written of in metrics that promtool approves, on both ops ports", async () => {
    for (const ops of [gateway.proxy.ready.proxy_ops, gateway.control.ready.control_ops]) {
      const { text } = await metricsOf(ops);
      const { status, stdout, stderr, error } = spawnSync("promtool", ["check", "metrics"], { input: text, encoding: "utf8" });
      assert.equal(error, undefined, "promtool is in the list of packages for tests");
      assert.equal(status, 0, stdout + stderr);
      assert.equal(stdout + stderr, "");
    }
  });

  test("cannot make a metric of its own by the name of its model or path", async () => {
    const count = async () => (await metricsOf(gateway.proxy.ready.proxy_ops)).series.length;
    for (let i = 0; i < 10; ++i) await chatFetch(gateway.baseURL, { model: `nobody-${i}` }).then((answer) => answer.text());
    const begun = await count();
    for (let i = 0; i < 100; ++i) {
      await chatFetch(gateway.baseURL, { model: `mock/invented-${i}` }).then((answer) => answer.text());
      await chatFetch(gateway.baseURL, { model: `invented-${i}` }).then((answer) => answer.text());
      await fetch(`${gateway.baseURL}/invented/${i}`).then((answer) => answer.text());
    }
    assert.ok((await count()) - begun < 200, "300 invented names");
    for (const name of ["invented-7", "nobody-7"]) assert.doesNotMatch((await metricsOf(gateway.proxy.ready.proxy_ops)).text, new RegExp(name));
  });
});

describe("records", () => {
  let gateway;
  before(async () => (gateway = await new Gateway({ config: ({ mock }) => plainConfig(mock.baseURL) }).start()));
  after(() => gateway?.stop());
  const send = async (count) => {
    for (let i = 0; i < count; ++i) await chatFetch(gateway.baseURL).then((answer) => answer.text());
  };

  test("wait while the control plane is away, and none is lost or stored twice", async () => {
    await send(20);
    await settled(gateway, 20);
    let sent = 20;
    for (const signal of ["SIGTERM", "SIGKILL", "SIGKILL"]) {
      await gateway.control.stop(signal);
      await send(30);
      sent += 30;
      await gateway.control.start();
      const all = await settled(gateway, sent);
      assert.equal(new Set(all.map(({ requestId }) => requestId)).size, sent);
    }
    // And while it dies under them.
    const sending = send(300);
    await until("records come in", async () => (await recordsOf(gateway)).length > sent + 20);
    await gateway.control.kill();
    await gateway.control.start();
    await sending;
    sent += 300;
    // The log database does not wait for the disk; what a process was told, a kill of that process does not take back.
    const all = await settled(gateway, sent);
    assert.equal(new Set(all.map(({ requestId }) => requestId)).size, sent);
    assert.equal((await metricsOf(gateway.proxy.ready.proxy_ops)).value("smartroute_log_dropped_total"), 0);
  });

  test("are handed over before a data plane ends", async () => {
    const before = (await recordsOf(gateway)).length;
    await send(50);
    assert.equal((await gateway.proxy.stop()).code, 0);
    assert.equal((await recordsOf(gateway)).length, before + 50);
    await gateway.proxy.start();
  });

  test("are read in pages, newest first, without gaps and without repetition", async () => {
    const all = (await recordsOf(gateway)).reverse();
    const seen = [];
    let cursor;
    do {
      const page = await gateway.control.call("LogService/ListRecords", { pageSize: 7, ...(cursor && { cursor }) });
      seen.push(...page.records);
      assert.ok(page.records.length <= 7);
      cursor = page.nextCursor;
    } while (cursor);
    assert.deepEqual(seen.map(({ requestId }) => requestId), all.map(({ requestId }) => requestId));
    const times = seen.map(({ receivedUs }) => Number(receivedUs));
    assert.ok(times.every((time, i) => i === 0 || time <= times[i - 1] + 1_000_000), "newest first");
  });
});
