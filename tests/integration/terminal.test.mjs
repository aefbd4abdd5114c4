// The live terminal over its WebSocket: lines of requests, of the control plane and of data planes; what a slow watcher lost; who may watch.
import assert from "node:assert/strict";
import test, { after, before, describe } from "node:test";

import { WebSocketClient } from "./lib/websocket.mjs";
import { ask, chatFetch, plainConfig, startGateway, tireless, until } from "./lib/world.mjs";

const mocks = { mock: { script: { models: { medium: { status: 429 } } } } };
// Requests of t2 fail over from one that is always busy.
const config = (mock, more = {}) => ({
  ...plainConfig(mock.baseURL, tireless),
  tiers: { t1: { models: ["mock/small"] }, t2: { models: ["mock/medium", "mock/spare"] }, t3: { models: ["mock/large"] } },
  ...more,
});

describe("the terminal", () => {
  let gateway, viewer;
  before(async () => {
    gateway = await startGateway({ mocks, config: ({ mock }) => config(mock) });
    ({ secret: viewer } = await gateway.control.call("ApiTokenService/CreateApiToken", { name: "watcher", role: "ACCOUNT_ROLE_VIEWER" }));
  });
  after(() => gateway?.stop());

  const open = (query = {}, { token = viewer, protocols = ["smartroute.v1", ...(token ? [`smartroute.token.${token}`] : [])], headers } = {}) =>
    WebSocketClient.open(gateway.control.ready.admin, `/admin/v1/terminal?${new URLSearchParams(query)}`, { protocols, headers });
  const watch = async (query, options) => {
    const watcher = await open(query, options);
    assert.equal(watcher.status, undefined, watcher.body);
    return watcher;
  };
  const linesOf = (watcher) => watcher.messages.flatMap(({ lines = [] }) => lines);
  const line = (watcher, what, wanted) => until(what, () => linesOf(watcher).find(wanted));

  test("shows a request as it was stored, with why others were tried first", async () => {
    const watcher = await watch({ backlog: "0" });
    const answer = await chatFetch(gateway.baseURL, { messages: [{ role: "user", content: "two\nlines <b>" }] }, { headers: { "x-request-id": "seen-1" } });
    await answer.json();
    const seen = await line(watcher, "the request", ({ request }) => request);
    assert.match(seen.text, /^[\d.]+ m?s .*after 1 retry \(rate_limited\) "two lines <b>"$/);
    assert.deepEqual({ level: seen.level, source: seen.source, tier: seen.tier, model: seen.model, status: seen.status }, { level: "warn", source: "proxy-1", tier: "t2", model: "mock/spare", status: 200 });
    const { record } = await gateway.control.call("LogService/GetRecord", { recordId: seen.record_id });
    assert.equal(record.requestId, seen.request_id);
    assert.ok(Math.abs(Number(seen.at_us) / 1000 - Date.now()) < 60_000);
    watcher.close();
  });

  test("shows a refused request as an odd one", async () => {
    const watcher = await watch({ backlog: "0" });
    await fetch(`${gateway.baseURL}/chat/completions`, { method: "POST", headers: { "content-type": "application/json" }, body: ask({ messages: "none" }) });
    const seen = await line(watcher, "the refusal", ({ status }) => status === 400);
    assert.equal(seen.level, "warn");
    assert.match(seen.text, /invalid_request: 'messages' must be an array/);
    watcher.close();
  });

  test("shows what the control plane logs, and what a data plane makes of it", async () => {
    const watcher = await watch({ backlog: "0" });
    const revision = await gateway.control.putConfig(config(gateway.mocks.mock, { default_provider: "mock" }));
    const published = await line(watcher, "the revision", ({ source, text }) => source === "control" && text.includes(`revision=${revision}`));
    assert.match(published.text, /^configuration published /);
    assert.equal(published.request ?? false, false);
    const applied = await line(watcher, "its application", ({ source, text }) => source === "proxy-1" && text.includes(`revision ${revision}`));
    assert.equal(applied.level, "info");
    watcher.close();
  });

  test("begins with the last lines, and never with what opens a door", async () => {
    const all = await watch({ backlog: "5000" }, { token: gateway.control.token });
    await line(all, "the first revision", ({ text }) => /^configuration published .*revision=1 /.test(text));
    assert.deepEqual(linesOf(all).filter(({ text }) => /set-up|sra_|srt_|sk-upstream/.test(text)), []);
    const two = await watch({ backlog: "2" });
    await until("two lines", () => linesOf(two).length >= 2);
    assert.deepEqual(linesOf(two).slice(0, 2), linesOf(all).slice(-2));
    for (const watcher of [all, two]) watcher.close();
  });

  // What the sockets between hold is not lost, and they hold much: that lines are lost at all is the unit tests' business.
  test("a watcher that reads late has every line once, or is told how many it lost", async () => {
    const watcher = await watch({ backlog: "0" });
    watcher.pause();
    const sent = 6_000;
    const body = ask({ messages: [{ role: "user", content: `hi ${"x".repeat(200)}` }], model: "mock/small" });
    const each = async (count) => {
      for (let i = 0; i < count; ++i) await fetch(`${gateway.baseURL}/chat/completions`, { method: "POST", headers: { "content-type": "application/json" }, body }).then((answer) => answer.arrayBuffer());
    };
    await Promise.all(Array.from({ length: 24 }, () => each(sent / 24)));
    await until("all records", async () => Number((await gateway.control.call("LogService/GetLogStorage")).records) >= sent);
    watcher.resume();
    const requests = () => linesOf(watcher).filter(({ model }) => model === "mock/small");
    await until("all lines or their loss", () => requests().length + watcher.dropped >= sent);
    assert.equal(requests().length + watcher.dropped, sent);
    assert.equal(new Set(requests().map(({ record_id }) => record_id)).size, requests().length);
    for (const { lines = [] } of watcher.messages) assert.ok(lines.length <= 1_000);
    watcher.close();
  });

  test("is for those who may see it, with parameters that are some", async () => {
    for (const [what, query, options, status] of [
      ["nobody", {}, { token: "" }, 401],
      ["a wrong token", {}, { token: `${viewer.slice(0, -1)}x` }, 401],
      ["another origin", {}, { headers: { origin: "http://evil.example" } }, 403],
      ["a long backlog", { backlog: "5001" }, {}, 400],
      ["no number", { backlog: "few" }, {}, 400],
      ["an unknown parameter", { filter: "{}" }, {}, 400],
    ]) {
      const offer = await open(query, options);
      assert.equal(offer.status, status, what);
    }
    const plain = await fetch(`http://${gateway.control.ready.admin}/admin/v1/terminal`, { headers: { authorization: `Bearer ${viewer}` } });
    assert.equal(plain.status, 426);
  });

  test("ends with the control plane, which says so", async () => {
    const watcher = await watch();
    await gateway.control.stop();
    await until("the end", () => watcher.closed);
    assert.equal(watcher.closed.code, 1001);
  });
});
