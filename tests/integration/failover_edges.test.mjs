// Failover where two things meet: a deadline of one attempt and the pause behind it, a slow client and what others read meanwhile, a
// buffered answer and the request after it.
import assert from "node:assert/strict";
import { createServer } from "node:net";
import test, { after, before } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import { RawClient, chat, once } from "./lib/raw.mjs";
import { Gateway, byteProvider, plainConfig, tireless, writeAll } from "./lib/world.mjs";

const acts = {};
let provider;
// Whoever says hello in TLS is answered at once, in plain words.
const deaf = createServer((socket) => socket.on("error", () => {}).once("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")));
// Answers when it has seen the head, and hangs up with the rest unread.
const hasty = createServer((socket) => {
  socket.on("error", () => {}).once("data", () => {
    const body = '{"error":{"message":"far too large","type":"invalid_request_error","code":"too_large"}}';
    socket.pause().write(`HTTP/1.1 413 Payload Too Large\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`, () => setTimeout(() => socket.resetAndDestroy(), 100));
  });
});
const config = () =>
  plainConfig(provider.baseURL, {
    providers: [
      { id: "bytes", base_url: provider.baseURL, api_key: "sk-1" },
      { id: "hasty", base_url: `http://127.0.0.1:${hasty.address().port}/v1`, api_key: "sk-3" },
      { id: "notls", base_url: `https://127.0.0.1:${deaf.address().port}/v1`, api_key: "sk-2" },
    ],
    ...tireless,
    tiers: {
      t1: { models: ["bytes/limited", "notls/never"], max_attempts: 3, timeouts: { connect: "500ms" } },
      t2: { models: ["bytes/x"] },
    },
    limits: { tls_timeout: "500ms" },
  });
const gateway = new Gateway({ mocks: [], config });
const address = () => gateway.proxy.ready.listen;
before(async () => {
  for (const server of [deaf, hasty]) await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  provider = await byteProvider((socket, request) => {
    const { model, messages } = JSON.parse(request.body);
    return (acts[model] ?? acts[messages.at(-1).content])(socket, request);
  });
  await gateway.start();
});
after(async () => {
  provider?.close();
  deaf.close();
  hasty.close();
  await gateway.stop();
});

const says = (content) => [{ role: "user", content }];
const delta = (content, finish = null) =>
  `data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", created: 1, model: "x", choices: [{ index: 0, delta: content === null ? {} : { content }, finish_reason: finish }] })}\n\n`;
const plain = (content) =>
  JSON.stringify({ id: "c", object: "chat.completion", created: 1, model: "x", choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }] });
const head = (fields) => `HTTP/1.1 200 OK\r\n${fields}\r\n\r\n`;
const stream = (text) => head(`Content-Type: text/event-stream\r\nContent-Length: ${Buffer.byteLength(text)}`) + text;
const whole = (text) => head(`Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}`) + text;
// Others' answers of the same size: what a view that has outlived its bytes would show.
const noise = (n) => Promise.all(Array.from({ length: n }, () => once(address(), chat({ model: "bytes/x", messages: says("noise") }))));
acts.noise = (socket) => writeAll(socket, whole(plain("N".repeat(50_000))));

test("a connection that failed leaves no deadline behind for the wait that follows", async () => {
  let asked = 0;
  acts.limited = (socket) =>
    writeAll(socket, ++asked === 1 ? "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 2\r\nContent-Length: 0\r\n\r\n" : whole(plain("well again")));
  const answer = await once(address(), chat({ model: "t1" }));
  assert.equal(answer.status, 200, answer.body.toString());
  assert.match(answer.body.toString(), /well again/);
  assert.equal(answer.headers.get("x-smartroute-attempts"), "3");
});

test("a slow client of a large buffered answer gets that answer and nobody else's", async () => {
  const events = Array.from({ length: 8_000 }, (_, i) => delta(`${i} ${"A".repeat(700)}`)).join("") + delta(null, "stop") + "data: [DONE]\n\n";
  acts.large = (socket) => writeAll(socket, stream(events));
  const slow = await RawClient.open(address());
  slow.socket.pause();
  slow.write(chat({ model: "bytes/x", stream: true, messages: says("large") }, ["x-smartroute-guarantee: buffered"]));
  await pause(1_500);
  await noise(20);
  slow.socket.resume();
  const answer = await slow.response();
  slow.close();
  assert.equal(answer.headers.get("x-smartroute-guarantee"), "buffered");
  assert.ok(answer.whole);
  assert.ok(answer.body.toString() === events, "another text than was sent");
});

test("a provider that refuses before it has heard all is understood", async () => {
  for (let round = 0; round < 3; ++round) {
    const answer = await once(address(), chat({ model: "hasty/x", messages: says("h".repeat(8_000_000)) }));
    assert.equal(answer.status, 413, answer.body.toString());
    assert.match(answer.body.toString(), /far too large/);
    assert.equal(answer.headers.get("x-smartroute-attempts"), "1");
  }
});

test("a request after a buffered one says nothing of its guarantee", async () => {
  acts.short = (socket) => writeAll(socket, stream(delta("a") + delta(null, "stop") + "data: [DONE]\n\n"));
  const client = await RawClient.open(address());
  const buffered = await client.write(chat({ model: "bytes/x", stream: true, messages: says("short") }, ["x-smartroute-guarantee: buffered"])).response();
  assert.equal(buffered.headers.get("x-smartroute-guarantee"), "buffered");
  const models = await client.write("GET /v1/models HTTP/1.1\r\nHost: gateway\r\n\r\n").response();
  assert.equal(models.status, 200);
  assert.equal(models.headers.has("x-smartroute-guarantee"), false);
  client.close();
});
