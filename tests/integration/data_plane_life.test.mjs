// How a data plane starts, with and without a control plane, and how it ends.
import assert from "node:assert/strict";
import { rmSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import test, { describe } from "node:test";

import { freePort } from "../conformance/lib/child.mjs";
import { RawClient, chat } from "./lib/raw.mjs";
import { Proxy, chatFetch, eventsOf, metricsOf, plainConfig, until, useGateway } from "./lib/world.mjs";

const opsOf = (proxy) => proxy.log.match(/listening on (127\.0\.0\.1:\d+)/)?.[1];
const stream = (behaviour) => chat({ stream: true, messages: [{ role: "user", content: `[[mock: ${JSON.stringify(behaviour)}]]` }] });

describe("a data plane without a control plane", () => {
  const gateway = useGateway({ config: ({ mock }) => plainConfig(mock.baseURL) });
  const away = () => `unix:${gateway.folder}/nobody.sock`;

  test("and without a last-known-good file is alive, not ready, and says so in the OpenAI shape", async () => {
    const ops = await freePort();
    const proxy = new Proxy(gateway.folder, "orphan", away, { args: ["--ops", `127.0.0.1:${ops}`] });
    // The harness gives --ops itself; of two the program must be given one.
    const argsOf = proxy.argsOf;
    proxy.argsOf = (ready) => argsOf(ready).filter((arg, i, all) => !(arg === "--ops" && i < all.lastIndexOf("--ops")) && !(all[i - 1] === "--ops" && i - 1 < all.lastIndexOf("--ops")));
    proxy.spawn();
    try {
      await until("it listens", () => opsOf(proxy));
      const probe = (path) => fetch(`http://127.0.0.1:${ops}${path}`);
      assert.equal((await probe("/livez")).status, 200);
      const ready = await probe("/readyz");
      assert.equal(ready.status, 503);
      assert.match(await ready.text(), /no configuration/);
      const answer = await chatFetch(`http://${opsOf(proxy)}/v1`);
      assert.equal(answer.status, 503);
      const { error } = await answer.json();
      assert.deepEqual([error.type, error.code, error.param], ["server_error", "not_ready", null]);
      assert.equal(answer.headers.get("x-should-retry"), "true");
      assert.ok(Number(answer.headers.get("retry-after")) >= 1);
      assert.equal((await metricsOf(`127.0.0.1:${ops}`)).value("smartroute_config_revision"), 0);
    } finally {
      assert.equal((await proxy.stop()).code, 0);
    }
  });

  test("but with a last-known-good file serves at once, and keeps serving through restarts", async () => {
    await gateway.setConfig(({ mock }) => plainConfig(mock.baseURL, { models: [{ id: "mock/kept" }] }));
    await gateway.control.kill();
    for (const signal of ["SIGINT", "SIGKILL", "SIGINT"]) {
      await gateway.proxy.restart(signal);
      assert.equal((await gateway.proxy.ops("/readyz")).status, 200);
      assert.equal((await chatFetch(gateway.baseURL)).status, 200);
      const { data } = await (await fetch(`${gateway.baseURL}/models`)).json();
      assert.ok(data.some(({ id }) => id === "mock/kept"));
      const metrics = await metricsOf(gateway.proxy.ready.proxy_ops);
      assert.deepEqual([metrics.value("smartroute_config_revision"), metrics.value("smartroute_cp_connected")], [2, 0]);
    }
    await gateway.control.start();
    await gateway.untilApplied(2);
  });

  test("stays live and ready when all of its providers are down as well", async () => {
    await gateway.control.kill();
    await gateway.mocks.mock.kill();
    for (let i = 0; i < 20; ++i) assert.equal((await chatFetch(gateway.baseURL)).status, 502);
    assert.equal((await gateway.proxy.ops("/livez")).status, 200);
    assert.equal((await gateway.proxy.ops("/readyz")).status, 200);
    await gateway.mocks.mock.start();
    assert.equal((await chatFetch(gateway.baseURL)).status, 200);
    await gateway.control.start();
  });

  test("does not serve from a last-known-good file that is damaged, and mends it when the control plane is back", async () => {
    const file = join(gateway.proxy.state, "last-known-good");
    await gateway.proxy.stop();
    await gateway.control.kill();
    truncateSync(file, statSync(file).size - 7);
    gateway.proxy.spawn();
    await until("it says what is wrong", () => gateway.proxy.log.includes("last-known-good configuration cannot be used"));
    await until("it listens", () => opsOf(gateway.proxy));
    assert.equal((await chatFetch(`http://${gateway.proxy.ready.listen}/v1`)).status, 503);
    await gateway.control.start();
    await gateway.proxy.untilReady();
    await gateway.control.kill();
    await gateway.proxy.restart();
    assert.equal((await chatFetch(gateway.baseURL)).status, 200);
    await gateway.control.start();
  });

  test("refuses a port that is taken with one sentence, and exits 1", async () => {
    const proxy = new Proxy(gateway.folder, "second", away, { listen: gateway.proxy.ready.listen });
    proxy.spawn();
    const { code } = await proxy.ended;
    assert.equal(code, 1);
    assert.match(proxy.log, new RegExp(gateway.proxy.ready.listen.replaceAll(".", "\\.")));
    assert.equal((await chatFetch(gateway.baseURL)).status, 200);
  });
});

// What SIGTERM does beyond this is in drain.test.mjs.
describe("SIGINT", () => {
  const gateway = useGateway({ config: ({ mock }) => plainConfig(mock.baseURL, { limits: { drain_timeout: "2s" } }) });
  const activeAtMock = async () => (await gateway.mocks.mock.stats()).active;

  test("fails readiness, accepts nothing new, lets running answers finish, ends kept connections, and exits 0", async () => {
    const { listen } = gateway.proxy.ready;
    const [running, plain, idle] = await Promise.all([1, 2, 3].map(() => RawClient.open(listen)));
    assert.equal((await idle.write(chat()).response()).status, 200);
    running.write(stream({ events: 60, pace_ms: 15 }));
    plain.write(chat({ messages: [{ role: "user", content: '[[mock: {"latency_ms": 700}]]' }] }));
    await running.received(1);
    await until("both are under way", async () => (await activeAtMock()) === 2);
    process.kill(gateway.proxy.pid, "SIGINT");
    await until("it is not ready", async () => (await gateway.proxy.ops("/readyz")).status === 503);
    assert.equal((await gateway.proxy.ops("/livez")).status, 200, "draining is no reason to be killed");
    assert.equal(await idle.ended(), "fin");
    await assert.rejects(RawClient.open(listen), { code: "ECONNREFUSED" });
    const answer = await plain.response();
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get("connection"), "close", "an answer that begins while draining is the connection's last");
    const whole = await running.response();
    assert.ok(whole.whole);
    assert.equal(eventsOf(whole.body.toString()).length, 63);
    assert.equal(eventsOf(whole.body.toString()).at(-1), "[DONE]");
    assert.equal(await running.ended(), "fin", "a connection that was promised to be kept is not waited for");
    assert.deepEqual(await gateway.proxy.ended, { code: 0, signal: null });
    assert.doesNotMatch(gateway.proxy.log, /are cut at the end/);
    await gateway.proxy.start();
  });

  test("tells an overdue stream the truth at the end of the drain time, and exits 0", async () => {
    const endless = await Promise.all(Array.from({ length: 5 }, () => RawClient.open(gateway.proxy.ready.listen)));
    for (const client of endless) client.write(stream({ events: -1, pace_ms: 20 }));
    const silent = await RawClient.open(gateway.proxy.ready.listen);
    silent.write(chat({ messages: [{ role: "user", content: '[[mock: {"stall_before_head": true}]]' }] }));
    await until("all are under way", async () => (await activeAtMock()) === 6);
    await Promise.all(endless.map((client) => client.received(1)));
    const begun = performance.now();
    process.kill(gateway.proxy.pid, "SIGINT");
    for (const client of endless) {
      const { status, whole, body } = await client.response();
      assert.equal(status, 200);
      assert.equal(whole, false);
      const text = body.toString();
      const events = eventsOf(text);
      assert.ok(performance.now() - begun >= 1900, "not before its time");
      assert.equal(JSON.parse(events.at(-1)).error.code, "shutting_down");
      assert.ok(events.slice(0, -1).every((data) => JSON.parse(data).choices), "only whole events come before it");
      assert.doesNotMatch(text, /\[DONE\]/);
      assert.equal(client.end, "fin");
    }
    const told = await silent.response();
    assert.equal(told.status, 503);
    assert.equal(JSON.parse(told.body).error.code, "shutting_down");
    assert.deepEqual(await gateway.proxy.ended, { code: 0, signal: null });
    await until("the provider is let go", async () => (await activeAtMock()) === 0);
    await gateway.proxy.start();
  });

  test("twice does not wait for anybody", async () => {
    const client = await RawClient.open(gateway.proxy.ready.listen);
    client.write(stream({ events: -1, pace_ms: 20 }));
    await client.received(1);
    process.kill(gateway.proxy.pid, "SIGTERM");
    await until("it drains", () => gateway.proxy.log.split('"draining"').length >= 4);
    const begun = performance.now();
    process.kill(gateway.proxy.pid, "SIGTERM");
    const { body } = await client.response();
    assert.equal(JSON.parse(eventsOf(body.toString()).at(-1)).error.code, "shutting_down");
    assert.deepEqual(await gateway.proxy.ended, { code: 0, signal: null });
    assert.ok(performance.now() - begun < 1_500, "the drain time is 2 s");
    await gateway.proxy.start();
  });

  test("of the control plane exits 0 and leaves its data plane serving", async () => {
    assert.deepEqual(await gateway.control.stop(), { code: 0, signal: null });
    assert.equal((await chatFetch(gateway.baseURL)).status, 200);
    await gateway.control.start();
    await gateway.untilApplied(1);
  });
});

test("a proxy refuses wrong flags with exit 2 and names them", () => {
  const folder = "/nonexistent";
  const proxy = new Proxy("/tmp", `flags-${process.pid}`, "unix:/tmp/x", { args: ["--no-such-flag", folder] });
  proxy.spawn();
  return proxy.ended.then(({ code }) => {
    assert.equal(code, 2);
    assert.match(proxy.log, /no-such-flag/);
    rmSync(proxy.state, { recursive: true, force: true });
  });
});
