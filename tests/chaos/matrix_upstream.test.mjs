// Providers that are not there, slow, broken or flapping: rows U1 to U16 of the fault matrix. A row that other tests prove says where.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { gzipSync } from "node:zlib";

import { freePort } from "../conformance/lib/child.mjs";
import { Proxy, byteProvider, chatFetch, metricsOf, residentBytes, until, useGateway, writeAll } from "../integration/lib/world.mjs";
import { RawClient, chat } from "../integration/lib/raw.mjs";
import { blackhole, crowd } from "./crowd.mjs";
import { rawStream, sdkPlain, sdkStream } from "./observe.mjs";
import { percentile, rounded, tableOf } from "./results.mjs";
import { Upstream } from "./upstream.mjs";
import { judge } from "./verdict.mjs";

const { row, elsewhere } = tableOf("upstream");
const odd = tableOf("odd");
const ms = (value) => `${rounded(value)} ms`;
const good = await Upstream.start("good");
const bad = await Upstream.start("bad");
const bytes = await byteProvider((socket, request) => acts[JSON.parse(request.body).model](socket, request));
const acts = {};
after(() => [good, bad, bytes].forEach((upstream) => upstream.close()));

const providers = [
  { id: "good", base_url: good.baseURL, api_key: "sk-good" },
  { id: "bad", base_url: bad.baseURL, api_key: "sk-bad" },
  { id: "bytes", base_url: bytes.baseURL, api_key: "sk-bytes" },
];
const timeouts = { connect: "300ms", first_byte: "2s", idle: "2s", total: "30s" };
const configOf = (tiers, more = {}) => ({
  providers: [...providers, ...(more.providers ?? [])],
  tiers: Object.fromEntries(Object.entries(tiers).map(([name, tier]) => [name, { timeouts, ...(Array.isArray(tier) ? { models: tier } : tier) }])),
  router: { mode: "keyword", default_tier: "t1" },
  ...Object.fromEntries(Object.entries(more).filter(([name]) => name !== "providers")),
});
// So that a model that fails is asked again and again.
const forgiving = { health: { eject_after: 0, cooldowns: { keyword: "0s", empty: "0s", rate_limited: "0s", unauthorized: "0s" } } };
const gateway = useGateway({ mocks: [], config: configOf({ t1: ["good/m"] }) });
const messages = [{ role: "user", content: "Sixty tokens, please." }];
const ask = (client, params, headers = {}) => client(gateway, { messages, ...params }, { headers, deadlineMs: 10_000 });
const clients = [sdkStream, rawStream, sdkPlain];
const passes = (seen) => judge({}, { seen, attempts: {} });
let serial = 0;

row("U1", "refused, blackhole, no such name", { scale: "connect cap 1 s: here 300 ms; 100 requests each, 20 at a time, all of which begin at the dead target" }, async () => {
  const hole = await blackhole();
  try {
    const dead = [
      { id: "refused", base_url: `http://127.0.0.1:${await freePort()}/v1`, api_key: "x" },
      { id: "hole", base_url: `http://127.0.0.1:${hole.port}/v1`, api_key: "x" },
      { id: "noname", base_url: "http://no-such-host.invalid/v1", api_key: "x" },
    ];
    await gateway.setConfig(configOf(Object.fromEntries(dead.map(({ id }, i) => [`t${i + 1}`, [`${id}/m`, "good/m"]])), { providers: dead, ...forgiving }));
    const told = [];
    for (const [i, { id }] of dead.entries()) {
      const all = await crowd(100, 20, (n) => ask(clients[n % 3], { model: `t${i + 1}` }));
      const failed = all.map(passes).filter(({ verdict }) => verdict !== "pass");
      assert.deepEqual(failed, [], id);
      // One when five others were finding out about the host just then.
      const attempts = all.map(({ headers }) => headers["x-smartroute-attempts"]);
      assert.ok(attempts.every((n) => n === "2" || n === "1") && attempts.includes("2"), `${id}: ${[...new Set(attempts)]} attempts each`);
      const slowest = Math.max(...all.map(({ ms }) => ms));
      assert.ok(slowest < 10_000, `${id}: ${ms(slowest)}`); // a hang, not a slow machine
      told.push(`${id} 100 of 100, p99 ${ms(percentile(all.map(({ ms }) => ms), 0.99))}`);
    }
    return told.join("; ");
  } finally {
    hole.close();
  }
});

// A mount namespace lets a proxy have a resolv.conf of its own, and with it a name server that takes its time.
const ownMounts = spawnSync("unshare", ["--mount", "sh", "-c", "mount --bind /etc/hosts /etc/resolv.conf"]).status === 0;
row("U1 DNS", "a name server that takes 5 s", { skip: !ownMounts && "needs root, for a resolv.conf of its own", scale: "connect cap 1 s: here 300 ms" }, async () => {
  let open = true;
  const nameServer = createSocket("udp4", (question, from) => {
    const end = question.indexOf(0, 12) + 5; // one name, type, class
    const isA = question.readUInt16BE(end - 4) === 1;
    const answer = Buffer.concat([question.subarray(0, 2), Buffer.from([0x81, 0x80, 0, 1, 0, isA ? 1 : 0, 0, 0, 0, 0]), question.subarray(12, end), isA ? Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1]) : Buffer.alloc(0)]);
    setTimeout(() => open && nameServer.send(answer, from.port, from.address, () => {}), 5_000).unref();
  });
  const bound = await new Promise((resolve) => nameServer.once("error", resolve).bind(53, "127.9.9.9", () => resolve()));
  if (bound) throw bound;
  const file = join(gateway.folder, "resolv.conf");
  writeFileSync(file, "nameserver 127.9.9.9\n");
  const wrap = ["unshare", "--mount", "sh", "-c", 'mount --bind "$0" /etc/resolv.conf && exec "$@"', file];
  const own = new Proxy(gateway.folder, "own-names", () => gateway.control.ready.grpc, { wrap });
  try {
    const slow = { id: "slow", base_url: `http://slow.example:${good.address.split(":")[1]}/v1`, api_key: "x" };
    await gateway.setConfig(configOf({ t1: ["slow/m", "good/m"] }, { providers: [slow], ...forgiving }));
    await own.start();
    const all = await crowd(30, 10, (n) => clients[n % 3]({ baseURL: own.baseURL, proxy: own }, { model: "t1", messages }, { deadlineMs: 10_000 }));
    assert.deepEqual(all.map(passes).filter(({ verdict }) => verdict !== "pass"), []);
    const slowest = Math.max(...all.map(({ ms }) => ms));
    assert.ok(slowest < 2_300, ms(slowest));
    return `30 of 30 by the other target, slowest ${ms(slowest)}`;
  } finally {
    await own.stop();
    open = false;
    nameServer.close();
  }
});

elsewhere("U2", "expired, self-signed or wrong certificate", { "tests/integration/tls_upstream.test.mjs": ["gets no request and the client a 502", "a tier passes by the rogues and is served by the good one"] });

row("U3", "429, 500, 502, 503, 529 before the body", {}, async () => {
  const told = [];
  for (const status of [429, 500, 502, 503, 529]) {
    const name = `u3-${status}`;
    bad.play(name, { status });
    await gateway.setConfig(configOf({ t1: [`bad/${name}`, "good/m"] }, forgiving));
    const all = await crowd(60, 6, (n) => ask(clients[n % 3], { model: "t1" }));
    assert.deepEqual(all.map(passes).filter(({ verdict }) => verdict !== "pass"), [], String(status));
    const most = Math.max(...all.map(({ headers }) => Number(headers["x-smartroute-attempts"])));
    assert.ok(most <= 3, `${most} attempts`);
    told.push(`${status}: ${bad.attempts(name).length} attempts at it`);
  }
  return `60 of 60 answered for each status, at most 3 attempts each (${told.join(", ")}); the budget over all requests is row C5`;
});

row("U4", "reset behind the head, before any byte of the answer", {}, async () => {
  const kinds = { "behind the head": { cut_after: 0, cut_how: "rst" }, "before it": { reset: true }, "FIN behind the head": { cut_after: 0, cut_how: "fin" } };
  for (const [kind, behaviour] of Object.entries(kinds)) {
    const name = `u4-${++serial}`;
    bad.play(name, behaviour);
    await gateway.setConfig(configOf({ t1: [`bad/${name}`, "good/m"] }, forgiving));
    const all = await crowd(100, 10, (n) => ask(clients[n % 3], { model: "t1" }));
    assert.deepEqual(all.map(passes).filter(({ verdict }) => verdict !== "pass"), [], kind);
    assert.ok(bad.attempts(name).length >= 100);
  }
  return "300 of 300 whole answers, by the SDK and as bytes";
});

elsewhere("U5", "reset or cut at every byte", { "tests/integration/relay.test.mjs": ["a stream that is cut at any byte ends with its whole events and the truth", "a stream that is reset loses no promise"], "tests/chaos/streams.test.mjs": ["streams under chaos"], "tests/conformance/streams.test.mjs": ["cut anywhere, is an error for the SDK or whole"] });
elsewhere("U6", "clean EOF without finish reason, or without [DONE]", {
  "tests/integration/relay.test.mjs": ["a stream without finish reason is broken; one without [DONE] gets it"],
  "tests/integration/telemetry.test.mjs": ["completed_no_done"],
  "tests/chaos/scenarios.test.mjs": ["a clean end", "no [DONE]"],
});

row("U7", "silence before the head, before the first byte, in the middle", { scale: "120 s and a heartbeat of 15 s: here 1.5 s and 300 ms" }, async () => {
  const own = { connect: "300ms", first_byte: "1500ms", idle: "1500ms", total: "30s" };
  const told = [];
  const stalls = { "before the head": { silent: true }, "before the first byte": { first_token_ms: 60_000 }, "in the middle": { stall_after: 3, stall_ms: 60_000 } };
  for (const [where, behaviour] of Object.entries(stalls)) {
    const name = `u7-${++serial}`;
    bad.play(name, behaviour);
    await gateway.setConfig(configOf({ t1: { models: [`bad/${name}`], timeouts: own } }, { limits: { heartbeat: "300ms" }, ...forgiving }));
    const client = await RawClient.open(gateway.proxy.ready.listen);
    const stamps = [];
    client.socket.on("data", (part) => stamps.push({ at: performance.now(), text: part.toString("latin1") }));
    const begun = performance.now();
    client.write(chat({ model: "t1", stream: true }));
    const answer = await client.response();
    const took = performance.now() - begun;
    client.close();
    assert.ok(took >= 1_450 && took <= 2_500, `${where}: ${ms(took)}`);
    const text = answer.body.toString();
    if (where !== "in the middle") {
      assert.equal(answer.status, 504, where);
      told.push(`${where} 504 after ${ms(took)}`);
      continue;
    }
    assert.equal(answer.status, 200);
    assert.equal(answer.whole, false);
    assert.match(text, /\n\ndata: \{"error":\{[^\n]*upstream_timeout[^\n]*\}\}\n\n$|\n(:\n)+data: \{"error":\{[^\n]*upstream_timeout[^\n]*\}\}\n\n$/);
    const beats = stamps.filter(({ text }) => /^2\r\n:\n\r\n$/.test(text)).map(({ at }) => at);
    assert.ok(beats.length >= 3 && beats.length <= 5, `${beats.length} heartbeats in 1.5 s of silence`);
    assert.equal(text.split("\n:\n").length - 1 > 0, true);
    assert.doesNotMatch(text, /:\n\n/, "a blank line behind a comment is an empty event for some clients");
    const gaps = beats.slice(1).map((at, i) => at - beats[i]);
    assert.ok(gaps.every((gap) => gap >= 200 && gap <= 600), gaps.map(ms).join(", "));
    told.push(`in the middle: error event after ${ms(took)}, ${beats.length} heartbeats, ${gaps.map(ms).join(", ")} apart`);
  }
  // The official SDK reads over heartbeats.
  bad.play("u7-paced", { pace_ms: 25 });
  await gateway.setConfig(configOf({ t1: { models: ["bad/u7-paced"], timeouts: own } }, { limits: { heartbeat: "10ms" } }));
  for (const client of clients) assert.deepEqual(passes(await ask(client, { model: "t1" })), { verdict: "pass", complaints: [] }, "a heartbeat between any two events");
  const beats = (await metricsOf(gateway.proxy.ready.proxy_ops)).value("smartroute_heartbeats_total");
  assert.ok(beats > 50, `${beats} heartbeats`);
  return told.join("; ");
});

elsewhere("U8", "one byte a write, any split", { "tests/integration/relay.test.mjs": ["a stream comes out as it went in, whichever two writes it came in", "a stream comes out as it went in, in writes of 1 to 64 bytes", "every event is passed on before the next one is there"] });
elsewhere("U9", "one line of 28 MiB", { "tests/integration/relay.test.mjs": ["one line of 28 MiB passes through without being held"] });

row("U10", "gzip though we asked for identity, and a bomb", { scale: "10 MiB that become 10 GiB, 50 ms: here 256 KiB that become 256 MiB, 200 ms" }, async () => {
  const bomb = gzipSync(Buffer.alloc(256 << 20, 32), { level: 9 });
  const told = [];
  for (const stream of [false, true]) {
    const name = `u10-${++serial}`;
    acts[name] = async (socket) => {
      await writeAll(socket, `HTTP/1.1 200 OK\r\nContent-Type: ${stream ? "text/event-stream" : "application/json"}\r\nContent-Encoding: gzip\r\nContent-Length: ${bomb.length}\r\n\r\n`);
      await writeAll(socket, bomb);
      socket.end();
    };
    await gateway.setConfig(configOf({ t1: { models: [`bytes/${name}`], max_attempts: 1 }, t2: [`bytes/${name}`, "good/m"] }, forgiving));
    const before = residentBytes(gateway.proxy.pid);
    const begun = performance.now();
    const answer = await chatFetch(gateway.baseURL, { model: "t1", stream });
    const took = performance.now() - begun;
    assert.equal(answer.status, 502);
    assert.ok(took <= 200, ms(took));
    assert.equal(JSON.parse(await answer.text()).error.code, "upstream_bad_response");
    const grown = (residentBytes(gateway.proxy.pid) - before) / 1024;
    assert.ok(grown <= 1024, `${rounded(grown)} KiB`);
    told.push(`502 after ${ms(took)}, ${rounded(Math.max(0, grown))} KiB more memory`);
    assert.equal(passes(await ask(stream ? sdkStream : sdkPlain, { model: "t2" })).verdict, "pass", "another candidate makes it good");
  }
  return told.join("; ");
});

elsewhere("U11", "framing that cannot be trusted", { "tests/integration/relay.test.mjs": ["an odd but honest answer is accepted", "an answer that cannot be trusted is not passed on", "bytes that follow a complete answer are never taken for the answer of another request", "no byte of one answer gets into another while connections are shared, broken and reused"] });
elsewhere("U12", "an error as JSON behind events; JSON or HTML for a stream", { "tests/integration/relay.test.mjs": ["an error event in the middle of a stream reaches the client, and no [DONE] follows", '["html_200"', '["json_for_stream"'], "tests/conformance/streams.test.mjs": ["reports a bare error in the middle"] });

row("U13", "all targets down, then healed", {}, async () => {
  const told = [];
  for (const [kind, behaviour] of [["reset", { reset: true }], ["503", { status: 503 }]]) {
    const name = `u13-${kind}`;
    let down = true;
    const play = () => (down ? behaviour : {});
    bad.play(name, play);
    good.play(name, play);
    await gateway.setConfig(configOf({ t1: [`bad/${name}`, `good/${name}`] }));
    const failed = await crowd(40, 4, (n) => ask(clients[n % 3], { model: "t1" }));
    for (const seen of failed) {
      assert.equal(judge({}, { seen, attempts: {} }).verdict, "safe", JSON.stringify(seen.error));
      assert.ok([502, 503, 529].includes(seen.status), String(seen.status));
      assert.equal(seen.headers["x-should-retry"], "false");
    }
    const slowest = Math.max(...failed.map(({ ms }) => ms));
    assert.ok(slowest <= 3_000, ms(slowest));
    down = false;
    const healed = performance.now();
    await until("back", async () => passes(await ask(sdkPlain, { model: "t1" })).verdict === "pass", 12_000);
    const back = performance.now() - healed;
    assert.ok(back <= 10_000, ms(back));
    told.push(`${kind}: told so within ${ms(slowest)}, back after ${ms(back)}`);
  }
  return told.join("; ");
});

row("U14", "a target that flaps", { scale: "1 s up, 1 s down for 10 minutes, cooldowns of 10 s: here 100 ms, 5 s, 500 ms. The other half of the row, 10 % of replies ten times slower, is in tests/integration/routing.test.mjs" }, async () => {
  const begun = performance.now();
  bad.play("u14", () => (Math.floor((performance.now() - begun) / 100) % 2 === 0 ? {} : { status: 503 }));
  await gateway.setConfig(configOf({ t1: ["bad/u14", "good/m"] }, { health: { cooldowns: { failing: "500ms" } } }));
  let ejections = 0;
  let cooling = 0;
  let playing = true;
  const watch = (async () => {
    while (playing) {
      const now = (await metricsOf(gateway.proxy.ready.proxy_ops)).value("smartroute_model_cooling", { model: "bad/u14" });
      if (now > 0 && cooling === 0) ++ejections;
      cooling = now;
      await pause(20);
    }
  })();
  const all = [];
  while (performance.now() - begun < 5_000) all.push(...(await crowd(10, 5, (n) => ask(clients[n % 3], { model: "t1" }))));
  playing = false;
  await watch;
  assert.deepEqual(all.map(passes).filter(({ verdict }) => verdict !== "pass"), []);
  assert.ok(ejections >= 1 && ejections <= 11, `${ejections} ejections in 5 s`);
  return `${all.length} of ${all.length} answered; ${ejections} ejections in 10 cooldowns' time`;
});

elsewhere("U15", "a stream without end; a head of 1 MiB", { "tests/integration/relay.test.mjs": ["a stream that stalls, or never ends, ends with an error event at its deadline", "1 MiB of header"] });
elsewhere("U16", "a redirect to an address inside", { "tests/integration/relay.test.mjs": ["a redirect is never followed"], "tests/conformance/errors.test.mjs": ["a redirect is an error and is not followed"] });

describe("odd but legal streams", () => {
  // Section 3 of the matrix, its SSE rows: what goes in, what must come out.
  const delta = (content, finish = null) => JSON.stringify({ id: "c", object: "chat.completion.chunk", created: 1, model: "x", choices: [{ index: 0, delta: content === null ? {} : { content }, finish_reason: finish }] });
  const rest = `data: ${delta(null, "stop")}\n\ndata: [DONE]\n\n`;
  const one = `data: ${delta("a")}\n\n`;
  const plain = one + `data: ${delta("b")}\n\n` + rest;
  const oddities = {
    "CR LF": plain.replaceAll("\n", "\r\n"),
    "CR alone": plain.replaceAll("\n", "\r"),
    "mixed line ends": plain.replace("\n\n", "\r\n\n").replace("\n\n", "\n\r\n"),
    "a BOM": `\ufeff${plain}`,
    "no space behind the colon": plain.replaceAll("data: ", "data:"),
    "a comment between events": `${one}: ping\n\ndata: ${delta("b")}\n\n${rest}`,
    "id, retry and event fields": `id: 7\nretry: 100\n${one}event: ping\n\nid: 8\nevent: message\ndata: ${delta("b")}\n\n${rest}`,
    "records without data": `retry: 100\n\nid: 1\n\nevent: ping\n\n${plain}`,
    "a field without a colon": `whatever\n${plain}`,
    "an event over two data lines": `${one}data: ${delta("b").replace(',"choices"', ',\ndata: "choices"')}\n\n${rest}`,
    "empty data": `data:\n\n${plain}`,
    "something behind [DONE]": `${plain}data: ${delta("c")}\n\ndata: [DONE]\n\n`,
  };
  for (const [name, sent] of Object.entries(oddities))
    odd.row(name, "comes out as what it means", {}, async () => {
      const model = `sse-${++serial}`;
      for (const split of [sent.length, 1, 7]) {
        acts[model] = async (socket) => {
          const body = Buffer.from(sent);
          await writeAll(socket, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n");
          for (let at = 0; at < body.length; at += split) await writeAll(socket, body.subarray(at, at + split));
          socket.end();
        };
        await gateway.setConfig(configOf({ t1: [`bytes/${model}`] }, forgiving));
        const sdk = await ask(sdkStream, { model: "t1" });
        assert.deepEqual([sdk.error, sdk.text, sdk.finish], [undefined, "ab", "stop"], `${name}, in pieces of ${split}`);
        const raw = await ask(rawStream, { model: "t1" });
        assert.deepEqual([raw.error, raw.text, raw.done, raw.whole], [undefined, "ab", true, true], `${name}, in pieces of ${split}`);
        assert.deepEqual(raw.noise.filter((line) => !line.startsWith("no plain event: :")), [], name);
      }
      return "text, finish reason and [DONE], whole, in one piece, in pieces of 7 and of 1 byte";
    });
});

