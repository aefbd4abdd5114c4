// What a provider sends and what the client gets of it: event for event, in one form, when all is well; the truth when it is not.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import test, { after, before } from "node:test";

import { RawClient, chat, once } from "./lib/raw.mjs";
import { Gateway, byteProvider, canonical, eventsOf, metricsOf, plainConfig, residentBytes, tireless, until, writeAll } from "./lib/world.mjs";

// Answers each request by what its last user message names in `acts`.
const acts = {};
let provider;

const config = ({ mock, other }) =>
  plainConfig(mock.baseURL, {
    providers: [
      { id: "mock", protocol: "openai", base_url: mock.baseURL, api_key: "sk-1" },
      { id: "other", protocol: "openai", base_url: other.baseURL, api_key: "sk-2" },
      { id: "bytes", protocol: "openai", base_url: provider.baseURL, api_key: "sk-3" },
    ],
    models: [{ id: "bytes/x", max_attempts: 1 }],
    ...tireless,   // the same models are broken again and again
    tiers: {
      t1: { models: ["mock/first", "other/second"] },
      t2: { models: ["mock/medium"], max_attempts: 1 },   // a second try is a matter of failover.test.mjs
      t3: { models: ["mock/hurried"], timeouts: { first_byte: "300ms", idle: "300ms", total: "1500ms" } },
    },
  });
const gateway = new Gateway({ mocks: ["mock", "other"], config });
const address = () => gateway.proxy.ready.listen;
const descriptors = () => readdirSync(`/proc/${gateway.proxy.pid}/fd`).length;
let descriptorsAtStart;
let client;
before(async () => {
  provider = await byteProvider((socket, request) => acts[JSON.parse(request.body).messages.at(-1).content](socket, request));
  await gateway.start();
  descriptorsAtStart = descriptors();
  client = await RawClient.open(address());
});
after(async () => {
  client?.close();
  provider?.close();
  await gateway.stop();
});

// One request on the connection that all tests share while it lasts.
async function send(fields) {
  if (client.end) client = await RawClient.open(address());
  const answer = await client.write(chat(fields)).response();
  if (answer.headers.get("connection") === "close" || !answer.whole) {
    await client.ended();
    client.close();
    client = await RawClient.open(address());
  }
  return answer;
}
const mocked = (behaviour, fields = {}) => ({ messages: [{ role: "user", content: `[[mock: ${JSON.stringify(behaviour)}]]` }], ...fields });
const fromBytes = (act, fields = {}) => ({ model: "bytes/x", stream: true, messages: [{ role: "user", content: act }], ...fields });
const delta = (content, finish = null) => `data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", created: 1, model: "x", choices: [{ index: 0, delta: content === null ? {} : { content }, finish_reason: finish }] })}\n\n`;
const streamText = [delta("a"), delta("grüße 你好 👋"), delta('data: [DONE]\\n\\n "quoted"'), ": a comment\n\n", delta(""), delta("z".repeat(300)), delta(null, "stop"), "data: [DONE]\n\n"].join("");
const payload = Buffer.from(streamText);
const wanted = canonical(streamText);

const head = (lines) => `HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n${lines}\r\n`;
const chunksOf = (bytes, sizes) => {
  const parts = [];
  for (let at = 0, i = 0; at < bytes.length; ++i) {
    const part = bytes.subarray(at, (at += sizes[i % sizes.length]));
    parts.push(Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from("\r\n"));
  }
  return Buffer.concat([...parts, Buffer.from("0\r\n\r\n")]);
};
// The whole answer on the wire.
function wire(framing, sizes = [200], body = payload) {
  if (framing === "chunked") return Buffer.concat([Buffer.from(head("Transfer-Encoding: chunked\r\n")), chunksOf(body, sizes)]);
  if (framing === "length") return Buffer.concat([Buffer.from(head(`Content-Length: ${body.length}\r\n`)), body]);
  return Buffer.concat([Buffer.from(head("Connection: close\r\n")), body]);
}
// The same stream as other providers would write it.
const spellings = {
  plain: streamText,
  "CR LF": streamText.replaceAll("\n", "\r\n"),
  "CR and a byte order mark": `\ufeff${streamText.replaceAll("\n", "\r")}`,
  "no space behind the colon": streamText.replaceAll(/^data: /gm, "data:"),
  "names, ids, pings": streamText.replaceAll(/^data: {/gm, "event: message\nid: 7\ndata: {").replace(": a comment\n\n", "event: ping\ndata: {}\n\nretry: 9\n\n"),
  "two lines of data": streamText.replaceAll(',"choices"', ',\ndata: "choices"'),
};
const turn = () => new Promise(setImmediate);
async function play(socket, bytes, cuts, framing) {
  let from = 0;
  for (const cut of [...cuts, bytes.length]) {
    if (!(await writeAll(socket, bytes.subarray(from, cut)))) return;
    from = cut;
    await turn();
  }
  if (framing === "close") socket.end();
}
// A repeatable random number below n.
function dice(seed) {
  let state = seed;
  return (n) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0;
    return (state >>> 3) % n;
  };
}
function expectWhole(answer, what) {
  assert.equal(answer.status, 200, what);
  assert.ok(answer.whole, what);
  assert.equal(answer.body.toString(), wanted, what);
}

test("a stream comes out as it went in, whichever two writes it came in", async () => {
  for (const framing of ["chunked", "length", "close"]) {
    const bytes = wire(framing);
    for (let cut = 1; cut < bytes.length; cut += framing === "chunked" ? 1 : 3) {
      acts.split = (socket) => play(socket, bytes, [cut], framing);
      expectWhole(await send(fromBytes("split")), `${framing}, cut at ${cut}`);
    }
  }
});

test("a stream comes out as it went in, in random chunks and random writes", async () => {
  for (let seed = 1; seed <= 150; ++seed) {
    const roll = dice(seed);
    const framing = ["chunked", "length", "close"][roll(3)];
    const [name, text] = Object.entries(spellings)[seed % Object.keys(spellings).length];
    const bytes = wire(framing, Array.from({ length: 5 }, () => 1 + roll(roll(2) ? 8 : 400)), Buffer.from(text));
    const cuts = Array.from({ length: roll(40) }, () => roll(bytes.length)).sort((a, b) => a - b);
    acts.random = (socket) => play(socket, bytes, cuts, framing);
    const answer = await send(fromBytes("random"));
    const what = `seed ${seed}, ${framing}, ${name}`;
    assert.equal(answer.status, 200, what);
    assert.ok(answer.whole, what);
    assert.equal(answer.body.toString(), canonical(text), what);
  }
  // Spelled another way it is the same stream: of all events but those of two lines the same bytes come out.
  for (const [name, text] of Object.entries(spellings)) if (name !== "two lines of data") assert.equal(canonical(text), wanted, name);
});

test("a stream comes out as it went in, in writes of 1 to 64 bytes", async () => {
  const behaviour = { events: 20, chunk_bytes: 24 };
  const whole = (await send(mocked(behaviour, { stream: true }))).body.toString();
  assert.equal(eventsOf(whole).length, 23);
  // The directive is not in the answer, so all of these must be the same bytes.
  for (const size of [1, 2, 3, 5, 8, 13, 21, 34, 64]) {
    const answer = await send(mocked({ ...behaviour, write_size: size }, { stream: true }));
    assert.ok(answer.whole);
    assert.equal(answer.body.toString(), whole, `writes of ${size}`);
  }
});

test("every event is passed on before the next one is there", async () => {
  const gates = Array.from({ length: 30 }, () => {
    const gate = {};
    gate.promise = new Promise((resolve) => (gate.open = resolve));
    return gate;
  });
  acts.gated = async (socket) => {
    await writeAll(socket, head("Transfer-Encoding: chunked\r\n"));
    for (let i = 0; i < gates.length; ++i) {
      await gates[i].promise;
      const event = Buffer.from(delta(`event-${i}.`));
      await writeAll(socket, Buffer.concat([Buffer.from(`${event.length.toString(16)}\r\n`), event, Buffer.from("\r\n")]));
    }
    await writeAll(socket, chunksOf(Buffer.from(delta(null, "stop") + "data: [DONE]\n\n"), [9999]));
  };
  const own = await RawClient.open(address());
  own.write(chat(fromBytes("gated")));
  for (let i = 0; i < gates.length; ++i) {
    gates[i].open();
    await until(`event ${i}`, () => own.bytes.includes(`event-${i}.`), 5_000);
    assert.equal(own.bytes.includes(`event-${i + 1}.`), false);
  }
  assert.match((await own.response()).body.toString(), /data: \[DONE\]\n\n$/);
  own.close();
});

test("one line of 28 MiB passes through without being held", async () => {
  const block = Buffer.alloc(64 * 1024, 120);
  const blocks = 448;
  const begin = Buffer.from('data: {"choices":[{"index":0,"delta":{"content":"');
  const end = Buffer.from(`"},"finish_reason":null}]}\n\n${delta(null, "stop")}data: [DONE]\n\n`);
  acts.large = async (socket) => {
    await writeAll(socket, head(`Content-Length: ${begin.length + block.length * blocks + end.length}\r\n`));
    await writeAll(socket, begin);
    for (let i = 0; i < blocks; ++i) if (!(await writeAll(socket, block))) return;
    await writeAll(socket, end);
  };
  const wanted = createHash("sha256").update(begin);
  for (let i = 0; i < blocks; ++i) wanted.update(block);
  wanted.update(end);
  const response = await fetch(`${gateway.baseURL}/chat/completions`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(fromBytes("large")) });
  const got = createHash("sha256");
  let bytes = 0;
  const base = residentBytes(gateway.proxy.pid);
  let peak = base;
  for await (const part of response.body) {
    got.update(part);
    bytes += part.length;
    peak = Math.max(peak, residentBytes(gateway.proxy.pid));
  }
  assert.equal(bytes, begin.length + block.length * blocks + end.length);
  assert.equal(got.digest("hex"), wanted.digest("hex"));
  assert.ok(peak - base < 2 * 1024 * 1024, `the proxy grew by ${peak - base} bytes`);
});

test("an odd but honest answer is accepted", async () => {
  for (const framing of ["no_reason", "1xx_then_200", "http10_eof", "eof", "trailers", "chunk_ext"])
    for (const stream of [false, true]) {
      const what = `${framing}, stream ${stream}`;
      const answer = await send(mocked({ framing, events: 60 }, { stream }));
      assert.equal(answer.status, 200, `${what}: ${answer.body}`);
      assert.ok(answer.whole, what);
      if (stream) assert.equal(eventsOf(answer.body.toString()).length, 63, what);
      else assert.equal(JSON.parse(answer.body).choices[0].message.content.length, 60 * 16, what);
    }
  // In a coding that nobody asked for, and says so.
  for (const stream of [false, true]) {
    const [packed, plain] = [await send(mocked({ gzip: true, events: 60 }, { stream })), await send(mocked({ gzip: false, events: 60 }, { stream }))];
    assert.deepEqual([packed.status, packed.whole, packed.headers.get("content-encoding")], [200, true, undefined]);
    assert.equal(packed.body.toString().replaceAll(/"usage":\{[^}]*\}/g, ""), plain.body.toString().replaceAll(/"usage":\{[^}]*\}/g, ""), `gzip, stream ${stream}`);
  }
});

test("an answer that cannot be trusted is not passed on", async () => {
  const cases = [
    ["cl_te", { framing: "cl_te" }, "both"],
    ["two_cl", { framing: "two_cl" }, "both"],
    ["te_gzip", { framing: "te_gzip" }, "both"],
    ["html_200", { framing: "html_200" }, "both"],
    ["json_for_stream", { framing: "json_for_stream" }, "stream"],
    ["bad_chunk", { framing: "bad_chunk" }, "plain"],
    ["no_last_chunk", { framing: "no_last_chunk" }, "plain"],
    ["short_cl", { framing: "short_cl" }, "plain"],
    ["gzip that is cut", { gzip: true, cut_at_byte: 60 }, "both"],
    ["gzip that is none", { headers: { "content-encoding": "gzip" } }, "both"],
    ["an unknown coding", { headers: { "content-encoding": "snappy" } }, "both"],
    ["a bad chunk with the first text", { framing: "bad_chunk" }, "stream"],
    ["1 MiB of header", { header_bytes: 1 << 20 }, "both"],
    ["cut before the head", { cut_before_head: true }, "both"],
    ["reset before the head", { cut_before_head: true, rst: true }, "both"],
    ["reset behind the head", { cut_at_byte: 0, rst: true }, "both"],
    ["error in a 200", { error_200: true }, "both"],
    ["204", { status: 204, body: "" }, "both"],
    ["302", { status: 302, headers: { location: `${gateway.mocks.other.baseURL}/chat/completions` } }, "both"],
  ];
  for (const [name, behaviour, shapes] of cases)
    for (const stream of [false, true]) {
      if (shapes !== "both" && (shapes === "stream") !== stream) continue;
      const what = `${name}, stream ${stream}`;
      const answer = await send(mocked(behaviour, { stream }));
      assert.equal(answer.status, 502, `${what}: ${answer.status} ${answer.body}`);
      assert.equal(answer.headers.get("x-should-retry"), "false", what);
      const { error } = JSON.parse(answer.body);
      assert.equal(error.type, "upstream_error", what);
      assert.doesNotMatch(answer.body.toString(), /<script|127\.0\.0\.1|sk-/, what);
    }
  assert.equal((await gateway.mocks.other.stats()).total, 0, "a redirect is never followed");
});

test("an answer that cannot be trusted is made good by the next candidate", async () => {
  for (const bad of [{ headers: { "content-encoding": "snappy" } }, { framing: "cl_te" }, { framing: "html_200" }, { error_200: true }, { cut_before_head: true }, { status: 503 }, { status: 429, retry_after: 9 }, { status: 401 }])
    for (const stream of [false, true]) {
      const what = `${JSON.stringify(bad)}, stream ${stream}`;
      await gateway.mocks.mock.script({ models: { first: bad } });
      const answer = await send({ model: "t1", stream });
      assert.equal(answer.status, 200, what);
      assert.equal(answer.headers.get("x-smartroute-attempts"), "2", what);
      assert.equal(answer.headers.get("x-smartroute-model"), "other/second", what);
      assert.match(answer.body.toString(), stream ? /from .*data: \[DONE\]\n\n$/s : /Hello from second/, what);
    }
  await gateway.mocks.mock.script({});
});

test("bytes that follow a complete answer are never taken for the answer of another request", async () => {
  for (const stream of [false, true])
    for (let i = 0; i < 100; ++i) {
      const mine = `mine-${stream}-${i}`;
      const answer = await send({ stream, messages: [{ role: "user", content: `${mine} [[mock: {"framing":"extra_bytes"}]]` }] });
      assert.equal(answer.status, 200);
      const text = stream ? eventsOf(answer.body.toString()).slice(0, -1).map((data) => JSON.parse(data).choices[0]?.delta.content ?? "").join("") : JSON.parse(answer.body).choices[0].message.content;
      assert.match(text, new RegExp(`You said: ${mine}`));
    }
});

test("no byte of one answer gets into another while connections are shared, broken and reused", async () => {
  const faults = ["", '{"framing":"extra_bytes"}', '{"framing":"bad_chunk"}', '{"cut_at_byte":300}', '{"cut_at_byte":300,"rst":true}', '{"status":500}', '{"write_size":50}', '{"framing":"trailers"}', '{"framing":"short_cl"}', '{"no_done":true}'];
  let served = 0;
  async function caller(id) {
    const roll = dice(id + 7);
    let own = await RawClient.open(address());
    for (let i = 0; i < 125; ++i) {
      const fault = faults[roll(faults.length)];
      const mine = `caller${id}request${i}end`;
      const stream = roll(2) === 0;
      const answer = await own.write(chat({ stream, messages: [{ role: "user", content: `${mine}${fault && ` [[mock: ${fault}]]`}` }] })).response();
      const names = [...answer.body.toString().matchAll(/caller\d+request\d+end/g)].map(([name]) => name);
      assert.ok(names.every((name) => name === mine), `${mine} saw ${names}`);
      if (answer.status === 200 && answer.whole) {
        assert.equal(names.length, 1, `${mine} ${fault}: ${answer.body}`);
        ++served;
      }
      if (answer.headers.get("connection") === "close" || !answer.whole) {
        await own.ended();
        own.close();
        own = await RawClient.open(address());
      }
    }
    own.close();
  }
  await Promise.all(Array.from({ length: 16 }, (_, id) => caller(id)));
  assert.ok(served > 1000, `${served} served`);
  const metrics = await metricsOf(gateway.proxy.ready.proxy_ops);
  assert.ok(metrics.value("smartroute_upstream_connections_reused_total") > 500, "connections must have been reused for this to mean anything");
});

// What a client of a broken stream must see: whole events of what was sent, one error event, no [DONE], no last chunk, FIN.
function expectBroken(answer, sent, what) {
  assert.equal(answer.whole, false, `${what}: must not look complete`);
  const text = answer.body.toString();
  const at = text.lastIndexOf('data: {"error":');
  assert.ok(at > 0, `${what}: ends with an error event: ${text.slice(-200)}`);
  const prefix = text.slice(0, at);
  assert.ok(canonical(sent).startsWith(prefix) && prefix.endsWith("\n\n"), `${what}: whole events of what was sent come before the error`);
  assert.equal(eventsOf(text.slice(at)).length, 1, what);
  assert.doesNotMatch(text.slice(at), /\[DONE\]/, what);
  return { prefix, error: JSON.parse(eventsOf(text.slice(at))[0]).error };
}

test("a stream that is cut at any byte ends with its whole events and the truth", async () => {
  const done = payload.indexOf("data: [DONE]\n\n", payload.length - 20);
  const firstEvent = payload.indexOf("\n\n") + 2;
  for (const framing of ["chunked", "length", "close"]) {
    const bytes = wire(framing, [payload.length]);
    const bodyAt = bytes.indexOf("\r\n\r\n") + 4 + (framing === "chunked" ? `${payload.length.toString(16)}\r\n`.length : 0);
    for (let n = framing === "chunked" ? 0 : bodyAt; n < payload.length + bodyAt; n += framing === "chunked" ? 1 : 5) {
      const what = `${framing}, cut behind byte ${n}, payload byte ${n - bodyAt}`;
      acts.cut = async (socket) => {
        await writeAll(socket, bytes.subarray(0, n));
        socket.end();
      };
      const answer = await send(fromBytes("cut"));
      const sent = n - bodyAt;
      if (sent < firstEvent) {
        assert.equal(answer.status, 502, what);
        continue;
      }
      assert.equal(answer.status, 200, what);
      // Complete all the same once it has its finish reason: [DONE] is made good, or what is missing of it.
      if (sent >= done) {
        expectWhole(answer, what);
        continue;
      }
      const { prefix } = expectBroken(answer, streamText, what);
      assert.equal(prefix, canonical(payload.subarray(0, payload.subarray(0, sent).lastIndexOf("\n\n") + 2).toString()), `${what}: no whole event may be lost`);
    }
  }
});

test("a stream that is reset loses no promise", async () => {
  const bytes = wire("chunked", [50]);
  const finished = bytes.lastIndexOf('"stop"');
  let whole = 0;
  for (let n = 400; n < bytes.length; n += 25) {
    acts.reset = async (socket) => {
      await writeAll(socket, bytes.subarray(0, n));
      socket.resetAndDestroy();
    };
    const answer = await send(fromBytes("reset"));
    const what = `reset behind byte ${n} of ${bytes.length}`;
    if (answer.status !== 200) assert.equal(answer.status, 502, what);
    else if (!answer.whole) expectBroken(answer, streamText, what);
    else {
      assert.ok(n > finished, `${what}: taken for whole`);
      assert.equal(answer.body.toString(), wanted, what);
      ++whole;
    }
  }
  assert.ok(whole > 0, "behind the finish reason a reset is an end like any other");
});

test("a stream without finish reason is broken; one without [DONE] gets it", async () => {
  const cut = { no_finish_reason: true, no_done: true };
  const broken = await send(mocked({ ...cut, pace_ms: 20 }, { stream: true }));
  expectBroken(broken, broken.body.toString().split('data: {"error"')[0], "no finish reason");
  // Known before the first text has gone out, it is a status.
  assert.deepEqual([(await send(mocked(cut, { stream: true }))).status], [502]);
  const whole = await send(mocked({ events: 3 }, { stream: true }));
  const without = await send(mocked({ events: 3, no_done: true }, { stream: true }));
  assert.ok(without.whole);
  assert.equal(without.body.toString(), whole.body.toString());
});

test("a wrong chunk in the middle of a stream breaks it", async () => {
  const bytes = wire("chunked", [150]);
  const bad = bytes.indexOf("\r\n", bytes.indexOf("\r\n\r\n") + 4 + 160) + 2;      // the second chunk's size or a later one's
  let go;
  const gate = new Promise((resolve) => (go = resolve));
  acts.bad = async (socket) => {
    await writeAll(socket, bytes.subarray(0, bad));
    await gate;
    await writeAll(socket, "zz\r\n");
  };
  const own = await RawClient.open(address());
  own.write(chat(fromBytes("bad")));
  await until("its first event has gone out", () => own.bytes.includes('"content":"a"'), 5_000);
  go();
  const { prefix } = expectBroken(await own.response(), streamText, "bad chunk");
  assert.ok(prefix.includes('"content":"a"'));
  own.close();
});

test("an error event in the middle of a stream reaches the client, and no [DONE] follows", async () => {
  const whole = (await send(mocked({ events: 5 }, { stream: true }))).body.toString();
  for (const raw of [false, true]) {
    const answer = await send(mocked({ events: 5, error_at_event: 3, raw_error: raw, pace_ms: 20 }, { stream: true }));
    assert.equal(answer.status, 200);
    const { prefix, error } = expectBroken(answer, whole, `raw ${raw}`);
    assert.equal(eventsOf(prefix).length, 4, "a role and three texts");
    assert.match(error.message, /told to fail inside a stream/, "the provider's own words");
    // In one packet with the first text it comes soon enough to be a status.
    assert.equal((await send(mocked({ events: 5, error_at_event: 3, raw_error: raw }, { stream: true }))).status, 502);
  }
});

test("a provider that says nothing is given up at its deadline", async () => {
  for (const stream of [false, true])
    for (const behaviour of [{ stall_before_head: true }, { stall_at_byte: 0 }]) {
      const answer = await send(mocked(behaviour, { model: "t3", stream }));
      assert.equal(answer.status, 504, `${JSON.stringify(behaviour)} ${stream}: ${answer.body}`);
      assert.equal(JSON.parse(answer.body).error.code, "upstream_timeout");
    }
  await until("the provider's side is cancelled", async () => (await gateway.mocks.mock.stats()).active === 0);
});

test("a stream that stalls, or never ends, ends with an error event at its deadline", async () => {
  const whole = (await send(mocked({ events: 20 }, { stream: true, model: "t3" }))).body.toString();
  const stalled = await send(mocked({ events: 20, stall_at_byte: 2000 }, { stream: true, model: "t3" }));
  const idle = expectBroken(stalled, whole, "stalled");
  assert.equal(idle.error.code, "upstream_timeout");
  const begun = performance.now();
  const endless = await send(mocked({ events: -1, pace_ms: 20 }, { stream: true, model: "t3" }));
  assert.equal(endless.whole, false);
  assert.match(endless.body.toString(), /data: \{"error":.*upstream_timeout.*\}\n\n$/);
  assert.ok(performance.now() - begun >= 1400, "not before its time");
  await until("the provider's side is cancelled", async () => (await gateway.mocks.mock.stats()).active === 0);
});

test("a client that does not read stops the provider, costs no memory, and gets everything in the end", async () => {
  let written = 0;
  let go = true;
  const event = Buffer.from(delta("f".repeat(16 * 1024 - 200)));
  acts.flood = async (socket) => {
    await writeAll(socket, head("Connection: close\r\n"));
    while (go && (await writeAll(socket, event))) written += event.length;
    await writeAll(socket, delta(null, "stop") + "data: [DONE]\n\n");
    socket.end();
  };
  const slow = await RawClient.open(address());
  const base = residentBytes(gateway.proxy.pid);
  slow.write(chat(fromBytes("flood")));
  await slow.received(1);
  slow.socket.pause();
  // Standing still means: not one write was taken in 40 looks.
  let seen = -1;
  let still = 0;
  await until("the provider is held back", () => {
    still = written === seen ? still + 1 : 0;
    seen = written;
    return still === 40;
  });
  assert.ok(written < 24 * 1024 * 1024, `${written} bytes were taken for a client that reads nothing`);
  assert.ok(residentBytes(gateway.proxy.pid) - base < 2 * 1024 * 1024, "the proxy must not keep them");
  go = false;
  slow.socket.resume();
  const answer = await slow.response();
  assert.ok(answer.whole);
  assert.match(answer.body.subarray(-20).toString(), /data: \[DONE\]\n\n$/);
  assert.equal(answer.body.length, written + delta(null, "stop").length + "data: [DONE]\n\n".length);
  slow.close();
});

test("a client that leaves takes its provider's work with it", async () => {
  const cases = {
    "reset in a stream": [{ events: -1, pace_ms: 5 }, true, (own) => own.reset()],
    "close in a stream": [{ events: -1, pace_ms: 5 }, true, (own) => own.close()],
    "reset before the answer": [{ stall_before_head: true }, false, (own) => own.reset()],
    "reset in a silent stream": [{ events: 3, stall_at_byte: 700 }, true, (own) => own.reset()],
  };
  for (const [name, [behaviour, stream, leave]] of Object.entries(cases)) {
    const { aborted } = await gateway.mocks.mock.stats();
    const callers = await Promise.all(Array.from({ length: 10 }, () => RawClient.open(address())));
    for (const own of callers) own.write(chat(mocked(behaviour, { stream })));
    await until(`${name}: all are under way`, async () => (await gateway.mocks.mock.stats()).active === 10);
    if (stream) await Promise.all(callers.map((own) => own.received(1)));
    callers.forEach(leave);
    await until(`${name}: the provider is let go`, async () => (await gateway.mocks.mock.stats()).aborted >= aborted + 10, 2_000);
    assert.equal((await gateway.mocks.mock.stats()).active, 0);
  }
  const metrics = await metricsOf(gateway.proxy.ready.proxy_ops);
  assert.ok(metrics.value("smartroute_request_endings_total", { ending: "client_gone" }) >= 40);
});

test("what the gateway does not know reaches the provider as it was written", async () => {
  const odd = '{ "seed" : 123456789012345678901234567890, "x_new": {"z":1.0,"a":[1e300,-0.0,"\\ud83d\\ude00"]},"model":"mock/some-model" ,"messages":[{"role":"user","content":"\\u0041 \\/ tab\\t"}],"temperature":0.10 }';
  await gateway.mocks.mock.clear();
  const answer = await once(address(), `POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nContent-Length: ${Buffer.byteLength(odd)}\r\n\r\n${odd}`);
  const [seen] = await gateway.mocks.mock.requests();
  if (answer.status === 400) assert.fail(answer.body.toString());
  assert.equal(seen.body, odd.replace('"mock/some-model"', '"some-model"'));
});

test("file descriptors and memory are back after all of this", async () => {
  client.close();
  await until("only pooled connections to providers are still open", async () => {
    const pooled = (await gateway.mocks.mock.stats()).open_connections + (await gateway.mocks.other.stats()).open_connections + provider.open();
    // Two for this test's own look at the metrics.
    return descriptors() <= descriptorsAtStart + pooled + 2;
  });
  await until("upstream connections and requests are gone", async () => (await metricsOf(gateway.proxy.ready.proxy_ops)).value("smartroute_inflight_requests") === 0);
  assert.equal((await metricsOf(gateway.proxy.ready.proxy_ops)).value("smartroute_inflight_body_bytes"), 0);
  const peak = Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${gateway.proxy.pid}/status`, "utf8"))[1]);
  assert.ok(peak < 128 * 1024, `the proxy's peak was ${peak} KiB`);
});
