// Clients that do not read, pipeline, wait for 100, or come back again: rows C1 to C6 of the fault matrix.
import assert from "node:assert/strict";
import { after, describe } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import { OpenAI, openai } from "../conformance/lib/clients.mjs";
import { RawClient, chat } from "../integration/lib/raw.mjs";
import { byteProvider, chatFetch, metricsOf, plainConfig, residentBytes, until, useGateway, writeAll } from "../integration/lib/world.mjs";
import { crowd, portOf, queued } from "./crowd.mjs";
import { rounded, tableOf } from "./results.mjs";
import { failures, nodeClient, pythonClient, vercelClient } from "./sdks.mjs";
import { Upstream } from "./upstream.mjs";

const { row } = tableOf("client");
const mocked = (behaviour, fields = {}) => ({ messages: [{ role: "user", content: `[[mock: ${JSON.stringify(behaviour)}]]` }], ...fields });
const MiB = 1 << 20;

// A provider that sends events as fast as they are taken, up to `limit` bytes each, and knows what the kernel took of them.
const flood = { limit: 0, streams: [] };
const flooder = await byteProvider(async (socket) => {
  const event = Buffer.from(`data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", created: 1, model: "x", choices: [{ index: 0, delta: { content: "f".repeat(8_000) }, finish_reason: null }] })}\n\n`);
  const stream = { taken: 0, socket };
  flood.streams.push(stream);
  await writeAll(socket, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n");
  while (stream.taken < flood.limit && (await writeAll(socket, event))) stream.taken += event.length;
  socket.end();
});
const failing = await Upstream.start("failing");
after(() => [flooder, failing].forEach((upstream) => upstream.close()));
const takenInAll = () => flood.streams.reduce((sum, { taken }) => sum + taken, 0);
// Standing still: not a byte more in a second's half.
async function standstill(value) {
  let seen;
  let since = performance.now();
  await until("nothing moves any more", async () => {
    const now = value();
    if (now !== seen) [seen, since] = [now, performance.now()];
    await pause(20);
    return performance.now() - since > 500;
  });
}

describe("readers", () => {
  // Texts kept for the log or for counting are bounded apart (all together at most a quarter of max_inflight_body_bytes): here there is next to no room for them.
  const gateway = useGateway({ mocks: ["mock"], config: plainConfig(flooder.baseURL, { logs: { bodies: false }, limits: { client_write_timeout: "8s", max_body_bytes: MiB, max_inflight_body_bytes: 2 * MiB } }) });
  let proxyPort;
  const flooderPort = portOf(new URL(flooder.baseURL).host);
  const silentReader = async () => {
    proxyPort ??= portOf(gateway.proxy.ready.listen);
    const client = await RawClient.open(gateway.proxy.ready.listen);
    client.socket.pause();
    client.write(chat({ stream: true }));
    return client;
  };

  row("C1", "readers that never read, and a provider that floods", { scale: "9,500 readers, 1 MiB each, write deadline 60 s: here 200 readers beside 100, as much as they can be made to take, 8 s, and bounds of 96 KiB of memory (one read of 64, 16 of text, 16 for all else) and 256 KiB of socket buffers for each. The 9,500, with 32 KiB and 126 KiB for each, are a goal of their own" }, async () => {
    flood.limit = 64 * MiB;
    flood.streams = [];
    const begun = performance.now();
    const heldBack = async (streams) => {
      await until("all are flooded", () => flood.streams.length === streams);
      await until("the provider is held back", async () => {
        const before = takenInAll();
        await pause(250);
        return takenInAll() === before;
      });
      return residentBytes(gateway.proxy.pid);
    };
    // What the first 100 cost holds what a process touches once (rings, tables, the allocator's arenas): the cost of a reader is what 200 more add.
    const readers = await crowd(100, 50, silentReader);
    const before = await heldBack(100);
    readers.push(...(await crowd(200, 50, silentReader)));
    const held = ((await heldBack(300)) - before) / 200 / 1024;
    const kernel = (queued({ remote: flooderPort }).received + queued({ local: proxyPort }).sent) / 300 / 1024;
    await until("the write deadline closes them", async () => (await metricsOf(gateway.proxy.ready.proxy_ops)).value("smartroute_inflight_requests") === 0, 15_000);
    const closed = performance.now() - begun;
    readers.forEach((client) => client.close());
    await until("and their providers", () => flooder.open() === 0, 5_000);
    assert.ok(held <= 96, `${rounded(held)} KiB of the proxy's memory for each`);
    assert.ok(kernel <= 256, `${rounded(kernel)} KiB in the proxy's two sockets for each`);
    return `${rounded(held, 1)} KiB of memory and ${rounded(kernel)} KiB in the proxy's two sockets for each; all closed by the write deadline, ${rounded(closed / 1000, 1)} s after the first began`;
  });

  row("C2", "a reader that stops and reads again", { scale: "1 KiB/s: here bursts of reading between pauses, measured at each standstill" }, async () => {
    flood.limit = 64 * MiB;
    const told = [];
    flood.streams = [];
    const client = await silentReader();
    await until("it is flooded", () => flood.streams.length === 1);
    const [stream] = flood.streams;
    const event = 8_200;
    for (let round = 0; round < 4; ++round) {
      await standstill(() => stream.taken);
      const { localPort } = client.socket;
      const { remotePort } = stream.socket;
      const upstreamSide = queued({ local: flooderPort, remote: remotePort }).sent + queued({ local: remotePort, remote: flooderPort }).received;
      const kernel = upstreamSide + queued({ local: proxyPort, remote: localPort }).sent + queued({ local: localPort, remote: proxyPort }).received;
      const delivered = client.socket.bytesRead;
      const held = (stream.taken - delivered - kernel) / 1024;
      assert.ok(held <= 64 + (2 * event) / 1024, `${rounded(held)} KiB in the proxy: ${stream.taken} taken, ${delivered} delivered, ${kernel} in sockets`);
      told.push(rounded(Math.max(0, held), 1));
      const goal = client.socket.bytesRead + 256 * 1024;
      client.socket.resume();
      await until("some of it is read", () => client.socket.bytesRead >= goal);
      client.socket.pause();
    }
    client.close();
    return `in the proxy's own memory at each standstill: ${told.join(", ")} KiB; the rest is in socket buffers`;
  });
});

describe("connections", () => {
  const gateway = useGateway({ config: ({ mock }) => plainConfig(mock.baseURL) });

  row("C3", "2 to 100 requests at once on a connection", { scale: "100,000 requests: here 1,920" }, async () => {
    let asked = 0;
    const depths = [2, 3, 5, 10, 20, 52, 100].flatMap((depth) => Array(10).fill(depth));
    await crowd(depths.length, 8, async (i) => {
      const names = Array.from({ length: depths[i] }, (_, n) => `pipe-${i}-${n}-`);
      asked += names.length;
      const client = await RawClient.open(gateway.proxy.ready.listen);
      client.write(names.map((name, n) => chat({ stream: n % 3 === 0, messages: [{ role: "user", content: name }] })).join(""));
      for (const name of names) {
        const { status, whole, body } = await client.response();
        assert.ok(status === 200 && whole);
        const seen = [...new Set(body.toString().match(/pipe-\d+-\d+-/g))];
        if (seen.length > 0) assert.deepEqual(seen, [name]);
      }
      client.close();
    });
    return `${asked} of ${asked} in their order, 0 mixed`;
  });

  row("C6", "Expect: 100-continue, with the body held, at once, and without a body", {}, async () => {
    const body = JSON.stringify({ model: "auto", messages: [{ role: "user", content: "hi" }] });
    const head = (length) => `POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: ${length}\r\n\r\n`;
    let interim = 0;
    let final = 0;
    await crowd(10, 10, async () => {
      const client = await RawClient.open(gateway.proxy.ready.listen);
      for (let i = 0; i < 100; ++i) {
        const kind = i % 3;
        if (kind === 0) {
          assert.equal((await client.write(head(body.length)).head()).status, 100);
          ++interim;
          client.write(body);
        } else if (kind === 1) client.write(head(body.length) + body);
        else client.write(chat());
        let answer = await client.response();
        if (answer.status === 100) (++interim, (answer = await client.response()));
        assert.equal(answer.status, 200);
        ++final;
      }
      assert.equal(client.bytes.length, 0);
      client.close();
    });
    return `${final} of 1,000 answered in step, ${interim} interim answers`;
  });
});

describe("SDKs", () => {
  const timeouts = { connect: "300ms", first_byte: "600ms", idle: "600ms", total: "20s" };
  const forgiving = { eject_after: 0, cooldowns: { keyword: "0s", empty: "0s", rate_limited: "0s", unauthorized: "0s" } };
  const gateway = useGateway({ config: ({ mock }) => plainConfig(mock.baseURL, { models: [{ id: "mock/m", timeouts }], health: forgiving }) });
  const cases = Object.entries(failures).map(([name, { script }]) => ({ name, request: { model: "mock/m", ...mocked({ content_bytes: 600, ...script }) } }));

  row("C4", "three SDKs, fourteen failures", {}, async () => {
    const [node, vercel, python] = await Promise.all([nodeClient(gateway, cases), vercelClient(gateway, cases), pythonClient(gateway, cases)]);
    const ends = { "openai-node": node, "Vercel AI SDK": vercel, "openai-python": python };
    const missing = ends["openai-python"].why;
    const bad = [];
    let good = 0;
    for (const [sdk, list] of Object.entries(ends)) {
      if (list.why) continue;
      assert.equal(list.length, 14);
      for (const { name, ...end } of list) {
        const failure = failures[name];
        const wanted = sdk === "openai-node" ? failure.node : sdk === "openai-python" ? failure.python : failure.event ? "" : "APICallError";
        const named = wanted === "" || end.class === wanted || end.bases.some((base) => base === wanted);
        const inStep = sdk === "Vercel AI SDK" || failure.event || end.requests === 1;
        if (end.ended === "error" && named && inStep && end.message.length > 5) ++good;
        else bad.push(`${sdk}, ${name}: ${JSON.stringify(end)}`);
      }
    }
    assert.deepEqual(bad, []);
    return missing ? `28 of 28 raise what they document; openai-python: ${missing}` : `${good} of 42 raise what they document, with one request each`;
  });
});

describe("a storm", () => {
  const tiers = { t1: { models: ["failing/a", "failing/b", "failing/c"] } };
  const gateway = useGateway({ mocks: [], config: { providers: [{ id: "failing", base_url: failing.baseURL, api_key: "x" }], tiers, router: { mode: "keyword", default_tier: "t1" } } });

  row("C5", "100 SDK clients with their defaults, and a provider that always fails", { scale: "60 s: here 6 s" }, async () => {
    for (const model of ["a", "b", "c"]) failing.play(model, { status: 500 });
    const begun = performance.now();
    const all = await crowd(100, 100, async () => {
      const { chat: call, sent } = openai(gateway);
      let calls = 0;
      const classes = new Set();
      while (performance.now() - begun < 6_000) {
        ++calls;
        const error = await call({ model: "t1", messages: [{ role: "user", content: "hi" }], stream: calls % 2 === 0 }).catch((error) => error);
        assert.ok(error instanceof OpenAI.APIError, `it succeeded: ${JSON.stringify(error)}`);
        classes.add(error.constructor.name);
        await pause(150);
      }
      return { calls, requests: sent.length, classes: [...classes] };
    });
    const seconds = (performance.now() - begun) / 1_000;
    const calls = all.reduce((sum, { calls }) => sum + calls, 0);
    const requests = all.reduce((sum, { requests }) => sum + requests, 0);
    const attempts = failing.log.length;
    assert.equal(requests, calls, "x-should-retry: false is obeyed");
    const bound = 1.2 * requests + 10 * (seconds + 1);
    assert.ok(attempts <= bound, `${attempts} attempts for ${requests} requests in ${rounded(seconds, 1)} s; ${rounded(bound)} are the most`);
    assert.ok(attempts >= requests * 0.99, "each request is tried at least once");
    assert.ok((await metricsOf(gateway.proxy.ready.proxy_ops)).value("smartroute_retry_budget_exhausted_total") > 0);
    failing.play("a", {});
    const healed = performance.now();
    await until("it heals", async () => (await chatFetch(gateway.baseURL, { model: "t1" })).status === 200, 12_000);
    return `${calls} calls, ${requests} requests, ${attempts} attempts (${rounded(attempts / requests, 2)} a request) in ${rounded(seconds, 1)} s; served again ${rounded(performance.now() - healed)} ms after it healed`;
  });
});
