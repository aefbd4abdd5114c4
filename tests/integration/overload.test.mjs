// What happens when there is too much: requests, bytes, connections, memory. Refused early, told why, and everything given back.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import test, { describe } from "node:test";

import { RawClient, chat } from "./lib/raw.mjs";
import { Gateway, chatFetch, metricsOf, plainConfig, until, useGateway } from "./lib/world.mjs";

const KiB = 1024;
const MiB = 1024 * KiB;
const A = ["Authorization: Bearer sk-gateway-aaaa"];
const B = ["Authorization: Bearer sk-gateway-bbbb"];
const keyed = { gateway: { api_keys: ["sk-gateway-aaaa", "sk-gateway-bbbb"] } };
const endless = (headers) => chat({ stream: true, messages: [{ role: "user", content: '[[mock: {"events": -1, "pace_ms": 50}]]' }] }, headers);
const headOf = (length, headers) =>
  ["POST /v1/chat/completions HTTP/1.1", "Host: gateway", "Content-Type: application/json", length === undefined ? "Transfer-Encoding: chunked" : `Content-Length: ${length}`, ...headers, "", ""].join("\r\n");

// The one shape of a refusal, as the official SDKs read it.
function assertShed({ status, headers, body }, message) {
  assert.equal(status, 503);
  const { error } = JSON.parse(body);
  assert.deepEqual([error.type, error.code, error.param], ["server_error", "overload", null]);
  assert.match(error.message, message);
  assert.equal(headers.get("x-should-retry"), "false");
  assert.match(headers.get("retry-after"), /^[1-5]$/);
}

// Everything in flight is gone, and was given back.
const emptied = (gateway) =>
  until("everything is given back", async () => {
    const metrics = await metricsOf(gateway.proxy.ready.proxy_ops);
    const names = ["smartroute_model_requests_in_flight", "smartroute_active_keys", "smartroute_inflight_body_bytes", "smartroute_held_answer_bytes", "smartroute_inflight_requests"];
    return names.every((name) => metrics.value(name) === 0);
  });

describe("requests in flight", () => {
  const gateway = useGateway({ config: ({ mock }) => plainConfig(mock.baseURL, { ...keyed, limits: { max_streams: 12 } }) });
  let clients = [];
  const shed = async (reason) => (await metricsOf(gateway.proxy.ready.proxy_ops)).value("smartroute_requests_shed_total", { reason });
  // Opens a stream that never ends: the client when it is served, else what it was told.
  const open = async (headers) => {
    const client = await RawClient.open(gateway.proxy.ready.listen);
    clients.push(client);
    client.write(endless(headers));
    await client.received(12);
    if (client.bytes.toString("latin1", 9, 12) === "200") return { client, served: true };
    return { client, served: false, told: await client.response() };
  };
  const openMany = async (count, headers) => {
    const served = [];
    for (let i = 0; i < count; ++i) {
      const one = await open(headers);
      if (one.served) served.push(one.client);
    }
    return served;
  };
  const closeAll = async () => {
    for (const client of clients) client.close();
    clients = [];
    await emptied(gateway);
    // Whoever found no room is not waited for any more.
    await Promise.all(["aaaa", "bbbb"].map((key) => chatFetch(gateway.baseURL, {}, { headers: { authorization: `Bearer sk-gateway-${key}` } }).then((answer) => answer.text())));
  };

  test("one key alone may have all of them; one more is refused at once and keeps its connection", async () => {
    const before = await shed("streams");
    assert.equal((await openMany(12, A)).length, 12);
    const { client, served, told } = await open(B);
    assert.equal(served, false);
    assertShed(told, /as many requests in flight as it takes/);
    assert.equal(told.headers.get("connection"), "keep-alive", "its body was small enough to be swallowed");
    const models = await client.write(["GET /v1/models HTTP/1.1", "Host: gateway", ...B, "", ""].join("\r\n")).response();
    assert.equal(models.status, 200, "what costs nothing is still served");
    assert.equal(await shed("streams"), before + 1);
    const metrics = await metricsOf(gateway.proxy.ready.proxy_ops);
    assert.deepEqual([metrics.value("smartroute_model_requests_in_flight"), metrics.value("smartroute_active_keys")], [12, 1]);
    await closeAll();
  });

  test("what comes free goes to the key that found no room, not to the one that has it all", async () => {
    const served = await openMany(12, A);
    assert.equal((await open(B)).served, false);
    served[0].close();
    await until("one is free", async () => (await metricsOf(gateway.proxy.ready.proxy_ops)).value("smartroute_model_requests_in_flight") === 11);
    const again = await open(A);
    assert.equal(again.served, false);
    assertShed(again.told, /this API key has as many/);
    assert.equal((await open(B)).served, true);
    await closeAll();
  });

  test("a key that floods leaves a quarter to the others", async () => {
    const before = await shed("key_streams");
    assert.equal((await open(B)).served, true);
    assert.equal((await openMany(30, A)).length, 8, "nine in all are three quarters");
    assert.equal(await shed("key_streams"), before + 22);
    assert.equal((await openMany(3, B)).length, 3, "the other key is served");
    await closeAll();
  });

  test("a cap per key is kept across config changes, with what was running before", async () => {
    assert.equal((await openMany(2, A)).length, 2);
    await gateway.setConfig(({ mock }) => plainConfig(mock.baseURL, { ...keyed, limits: { max_streams: 12, max_streams_per_key: 3 } }));
    assert.equal((await openMany(4, A)).length, 1);
    assert.equal((await openMany(4, B)).length, 3);
    await closeAll();
    assert.equal((await chatFetch(gateway.baseURL, {}, { headers: { authorization: "Bearer sk-gateway-aaaa" } })).status, 200);
  });

  test("clients that are refused again and again, and a crowd that leaves at once, leave nothing behind", async () => {
    await openMany(3, A);
    const answers = await Promise.all(Array.from({ length: 200 }, () => chatFetch(gateway.baseURL, {}, { headers: { authorization: "Bearer sk-gateway-aaaa" } })));
    assert.ok(answers.every(({ status }) => status === 503));
    await Promise.all(answers.map((answer) => answer.text()));
    const crowd = await Promise.all(Array.from({ length: 100 }, () => RawClient.open(gateway.proxy.ready.listen)));
    for (const client of crowd) client.write(endless(B));
    await crowd[0].received(1);
    for (const client of crowd) client.reset();
    await closeAll();
  });
});

describe("bytes of bodies in flight", () => {
  const limits = { max_body_bytes: MiB, max_inflight_body_bytes: 2 * MiB };
  const gateway = useGateway({ config: ({ mock }) => plainConfig(mock.baseURL, { ...keyed, limits }) });
  let clients = [];
  const open = async (bytes) => {
    const client = await RawClient.open(gateway.proxy.ready.listen);
    clients.push(client);
    return client.write(bytes);
  };
  const held = (bytes) =>
    until(`${bytes} bytes are held`, async () => (await metricsOf(gateway.proxy.ready.proxy_ops)).value("smartroute_inflight_body_bytes") === bytes);
  const closeAll = async () => {
    for (const client of clients) client.close();
    clients = [];
    await emptied(gateway);
    // Whoever found no room is not waited for any more.
    await Promise.all(["aaaa", "bbbb"].map((key) => chatFetch(gateway.baseURL, {}, { headers: { authorization: `Bearer sk-gateway-${key}` } }).then((answer) => answer.text())));
  };

  test("are counted by the head, before they come; a small body too many keeps its connection", async () => {
    await open(headOf(MiB, A));
    await open(headOf(MiB, A));
    await held(2 * MiB);
    const third = await open(chat({}, B));
    const told = await third.response();
    assertShed(told, /too many request bodies/);
    assert.equal(told.headers.get("connection"), "keep-alive");
    await closeAll();
    assert.equal((await chatFetch(gateway.baseURL, {}, { headers: { authorization: "Bearer sk-gateway-bbbb" } })).status, 200);
  });

  test("a large body too many is not read, and its client can send all of it and read why", async () => {
    await open(headOf(MiB, A));
    await open(headOf(MiB, A));
    await held(2 * MiB);
    const third = await open(headOf(MiB, B));
    for (let i = 0; i < 16; ++i) third.write(Buffer.alloc(64 * KiB, " "));
    const told = await third.response();
    assertShed(told, /too many request bodies/);
    assert.equal(told.headers.get("connection"), "close");
    assert.equal(await third.ended(), "fin");
    await held(2 * MiB);
    await closeAll();
  });

  test("of a chunked body are counted as they come", async () => {
    const chunk = (bytes) => `${bytes.toString(16)}\r\n${" ".repeat(bytes)}\r\n`;
    const first = await open(headOf(undefined, A));
    first.write(chunk(900 * KiB));
    await held(900 * KiB);
    await open(headOf(MiB, A));
    await held(900 * KiB + MiB);
    const second = await open(headOf(undefined, B));
    second.write(chunk(60 * KiB));
    await held(960 * KiB + MiB);
    second.write(chunk(100 * KiB));
    assertShed(await second.response(), /too many request bodies/);
    await held(900 * KiB + MiB);
    await closeAll();
  });

  test("have a cap per key", async () => {
    await gateway.setConfig(({ mock }) => plainConfig(mock.baseURL, { ...keyed, limits: { ...limits, max_inflight_body_bytes_per_key: MiB } }));
    await open(headOf(MiB, A));
    await held(MiB);
    assertShed(await (await open(chat({}, A))).response(), /of this API key/);
    assert.equal((await (await open(chat({}, B))).response()).status, 200);
    assert.equal((await metricsOf(gateway.proxy.ready.proxy_ops)).value("smartroute_requests_shed_total", { reason: "key_body_bytes" }), 1);
    await closeAll();
  });
});

describe("memory", () => {
  const gateway = useGateway({ config: ({ mock }) => plainConfig(mock.baseURL) });
  const metrics = () => metricsOf(gateway.proxy.ready.proxy_ops);
  const limit = (max_memory_bytes) => gateway.setConfig(({ mock }) => plainConfig(mock.baseURL, { limits: { max_memory_bytes } }));
  const pressure = (level) => until(`pressure is ${level}`, async () => (await metrics()).value("smartroute_memory_pressure") === level);

  test("that is critical refuses model requests and nothing else, and all is well when it is over", async () => {
    assert.equal((await metrics()).value("smartroute_memory_pressure"), 0);
    await limit(8 * MiB);
    await pressure(2);
    const client = await RawClient.open(gateway.proxy.ready.listen);
    const told = await client.write(chat()).response();
    assertShed(told, /short of memory/);
    assert.equal(told.headers.get("retry-after"), "5");
    assert.equal(told.headers.get("connection"), "close");
    assert.equal(await client.ended(), "fin");
    assert.equal((await fetch(`${gateway.baseURL}/models`)).status, 200);
    assert.equal((await gateway.proxy.ops("/readyz")).status, 200, "others would be no better off with its load");
    assert.ok((await metrics()).value("smartroute_requests_shed_total", { reason: "memory" }) >= 1);
    await limit(0);
    await pressure(0);
    assert.equal((await chatFetch(gateway.baseURL)).status, 200);
  });

  test("that is tight ends connections, idle ones too, and serves on", async () => {
    const idle = await RawClient.open(gateway.proxy.ready.listen);
    assert.equal((await idle.write(chat()).response()).headers.get("connection"), "keep-alive");
    // What is in use moves a little: aim at the middle until it is hit.
    await limit(64 * 1024 * MiB);
    await until("it is tight", async () => {
      const used = await until("a reading", async () => (await metrics()).value("smartroute_memory_used_bytes") || undefined);
      await limit(Math.round(used / 0.965));
      for (let i = 0; i < 40; ++i) if ((await metrics()).value("smartroute_memory_pressure") === 1) return true;
      return false;
    });
    const client = await RawClient.open(gateway.proxy.ready.listen);
    const answer = await client.write(chat()).response();
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get("connection"), "close");
    assert.equal(await idle.ended(), "fin");
    await limit(0);
    await pressure(0);
  });
});

describe("file descriptors", () => {
  const gateway = useGateway({ config: ({ mock }) => plainConfig(mock.baseURL), proxyArgs: ["--workers", "1"] });
  const limit = (soft) => assert.equal(spawnSync("prlimit", ["--pid", String(gateway.proxy.pid), `--nofile=${soft}:`]).status, 0);
  const highest = () => Math.max(...readdirSync(`/proc/${gateway.proxy.pid}/fd`).map(Number));

  test("fewer than max_connections needs are told of once, and the limit fits them", async () => {
    await gateway.proxy.stop();
    gateway.proxy.wrap = ["prlimit", "--nofile=130:130"];
    await gateway.proxy.start();
    assert.equal(gateway.proxy.log.split("enough for 9 clients").length, 2, gateway.proxy.log);
    const clients = await Promise.all(Array.from({ length: 9 }, () => RawClient.open(gateway.proxy.ready.listen)));
    for (const client of clients) assert.equal((await client.write(chat()).response()).status, 200);
    const extra = await RawClient.open(gateway.proxy.ready.listen);
    const told = await extra.write(chat()).response();
    assertShed(told, /too many open connections/);
    assert.equal(await extra.ended(), "fin");
    for (const client of [...clients, extra]) client.close();
    await until("there is room again", async () => (await chatFetch(gateway.baseURL).catch(() => ({}))).status === 200);
    await gateway.proxy.stop();
    gateway.proxy.wrap = [];
    await gateway.proxy.start();
  });

  test("that run out: running answers go on, newcomers are told, and afterwards all is well", async () => {
    const { listen, proxy_ops: ops } = gateway.proxy.ready;
    const running = await RawClient.open(listen);
    running.write(endless([]));
    await running.received(2000);
    const soft = Number(/Max open files\s+(\d+)/.exec(spawnSync("cat", [`/proc/${gateway.proxy.pid}/limits`], { encoding: "utf8" }).stdout)[1]);
    limit(highest() + 1);
    const crowd = [];
    let told = 0;
    // The first ones may still find a number that is free below the highest one.
    for (let i = 0; i < 300 && told < 20; ++i) {
      const client = await RawClient.open(listen);
      crowd.push(client);
      const answer = await client.write("GET /v1/models HTTP/1.1\r\nHost: gateway\r\n\r\n").response();
      if (answer.status === 200) continue;
      assertShed(answer, /too many open connections/);
      ++told;
    }
    assert.equal(told, 20);
    const before = running.bytes.length;
    await running.received(before + 500);
    limit(soft);
    for (const client of crowd) client.close();
    await until("it serves again", async () => (await chatFetch(gateway.baseURL).catch(() => ({}))).status === 200);
    const metrics = await metricsOf(ops);
    assert.ok(metrics.value("smartroute_accept_paused_total") >= 1);
    assert.ok(metrics.value("smartroute_connections_rejected_total") >= 20);
    running.close();
    await emptied(gateway);
  });
});

test("a gateway that never was overloaded has counted nothing", async () => {
  const gateway = await new Gateway({ config: ({ mock }) => plainConfig(mock.baseURL) }).start();
  try {
    assert.equal((await chatFetch(gateway.baseURL)).status, 200);
    const metrics = await metricsOf(gateway.proxy.ready.proxy_ops);
    for (const name of ["smartroute_requests_shed_total", "smartroute_accept_paused_total", "smartroute_connections_rejected_total", "smartroute_memory_pressure"]) assert.equal(metrics.value(name), 0, name);
    for (const reason of ["streams", "key_streams", "body_bytes", "key_body_bytes", "memory"])
      assert.ok(metrics.series.some(({ name, labels }) => name === "smartroute_requests_shed_total" && labels.reason === reason), reason);
    assert.ok(metrics.value("smartroute_memory_used_bytes") > MiB);
  } finally {
    await gateway.stop();
  }
});
