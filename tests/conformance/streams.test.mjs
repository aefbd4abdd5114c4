// Streams that break. An SDK that sees a stream end takes what it has for the whole answer, so a truncated answer must end in an
// error for it, and the gateway must never put a clean end behind one.
import assert from "node:assert/strict";
import { test } from "node:test";
import OpenAI from "openai";

import { askStream, configOf, gatewayKey, openai, says } from "./lib/clients.mjs";
import { until, useGateway } from "./lib/gateway.mjs";

const gateway = useGateway({
  config: (mocks) =>
    configOf(mocks, { models: [{ id: "mock/m1", timeouts: { first_byte: "2s", idle: "250ms", total: "20s" } }] }),
});

const messages = (script) => says("tell me", script);
const ask = (script) => askStream(openai(gateway).chat, { model: "mock/m1", messages: messages(script) });

// The same stream as bytes: what came, and whether its HTTP framing ended well.
async function raw(script) {
  const response = await fetch(`${gateway.baseURL}/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${gatewayKey}` },
    body: JSON.stringify({ model: "mock/m1", stream: true, messages: messages(script) }),
  });
  const pieces = [];
  let whole = true;
  try {
    for await (const piece of response.body) pieces.push(piece);
  } catch {
    whole = false;
  }
  return { status: response.status, text: Buffer.concat(pieces).toString(), whole };
}

const wholeText = (script) => `Hello from m1. You said: ${messages(script)[0].content}`;

// Body bytes the provider sends for a script, chunk framing included, as its byte offsets count them.
async function wireBytes(script) {
  const { mock } = gateway.mocks;
  const body = JSON.stringify({ model: "m1", stream: true, messages: messages(script) });
  const response = await fetch(`${mock.baseURL}/chat/completions`, { method: "POST", headers: { "content-type": "application/json" }, body });
  if (script.framing) return Buffer.byteLength(await response.text());
  const events = (await response.text()).split("\n\n").filter(Boolean);
  const framed = events.map((event) => Buffer.byteLength(event) + 2).map((n) => n.toString(16).length + 4 + n);
  return framed.reduce((a, b) => a + b, 0) + 5;
}

const framings = { "a chunked stream": {}, "a stream that ends by close": { framing: "eof" }, "an HTTP/1.0 stream": { framing: "http10_eof" } };
for (const [name, framing] of Object.entries(framings)) {
  test(`${name}, cut anywhere, is an error for the SDK or whole`, async () => {
    const total = await wireBytes(framing);
    const step = 23;
    let broken = 0;
    for (let at = 1; at < total; at += step) {
      const script = { ...framing, cut_at_byte: at };
      const read = await ask(script);
      const text = wholeText(script);
      assert.ok(text.startsWith(read.text), `cut at ${at}: not a prefix: ${read.text}`);
      if (read.error) {
        assert.ok(read.error instanceof OpenAI.APIError, `cut at ${at}: ${read.error}`);
        ++broken;
      } else {
        assert.equal(read.text, text, `cut at ${at} of ${total}: truncated, and no error`);
        assert.equal(read.finishReason, "stop");
      }
    }
    assert.ok(broken > (total / step) * 0.6, `${broken} of ${Math.ceil(total / step)} cuts were errors`);
  });

  test(`${name}, cut anywhere, has no clean end as bytes`, async () => {
    const total = await wireBytes(framing);
    for (let at = 1; at < total; at += 61) {
      const script = { ...framing, cut_at_byte: at };
      const { status, text, whole } = await raw(script);
      if (status !== 200) continue;
      const finished = text.includes('"finish_reason":"stop"');
      assert.equal(text.endsWith("data: [DONE]\n\n") && whole, finished && !text.includes('"error"'), `cut at ${at} of ${total}: ${text.slice(-300)}`);
      if (!finished) {
        assert.ok(!whole, `cut at ${at}: the framing ended well`);
        assert.match(text, /data: \{"error":\{"message":"[^"]+","type":"upstream_error","param":null,"code":"upstream_bad_response"\}\}\n\n$/);
      }
    }
  });
}

// Behind the first text, which is the commit point.
const broken = {
  "is cut in the middle": { cut_at_byte: 700 },
  "is reset in the middle": { cut_at_byte: 700, rst: true, write_size: 200, write_gap_us: 2000 },
  "stalls in the middle": { stall_at_byte: 700 },
  "reports an error in the middle": { error_at_event: 2, pace_ms: 20 },
  "reports a bare error in the middle": { error_at_event: 2, raw_error: true, pace_ms: 20 },
  "ends without finish reason and [DONE]": { no_finish_reason: true, no_done: true, pace_ms: 20 },
  "ends by close without finish reason and [DONE]": { no_finish_reason: true, no_done: true, framing: "eof" },
  "has neither finish reason nor [DONE] nor a last chunk": { no_finish_reason: true, no_done: true, framing: "no_last_chunk" },
};
for (const [name, script] of Object.entries(broken)) {
  test(`a stream that ${name} raises APIError after its first events`, async () => {
    const read = await ask(script);
    assert.ok(read.error instanceof OpenAI.APIError, `no error; text: ${read.text}`);
    assert.ok(read.error.message.length > 10);
    assert.ok(read.chunks.length > 0, "what was whole came through");
    assert.equal(read.finishReason, null);
  });
  test(`a stream that ${name} has neither [DONE] nor a clean end as bytes`, async () => {
    const { text, whole } = await raw(script);
    assert.ok(!text.includes("[DONE]"), text);
    assert.ok(text.includes('"error"'), text);
    assert.equal(whole, false);
  });
}

// Before it: nothing has gone out, so the client gets a real status, and another model could have answered.
const early = {
  "is silent before its first text": { events: -1, pace_ms: 60_000 },
  "has a chunk of no size": { framing: "bad_chunk" },
  "reports an error with its first text": { error_at_event: 2 },
  "reports a bare error with its first text": { error_at_event: 2, raw_error: true },
  "ends at once without finish reason and [DONE]": { no_finish_reason: true, no_done: true },
};
for (const [name, script] of Object.entries(early)) {
  test(`a stream that ${name} is an error before it has begun`, async () => {
    const read = await ask(script);
    assert.ok(read.error instanceof OpenAI.APIError, `no error; text: ${read.text}`);
    assert.equal(read.chunks.length, 0);
    const { status, text } = await raw(script);
    assert.ok(status === 502 || status === 504, String(status));
    assert.ok(!text.includes("data:"), text);
  });
}

test("a stalled stream is 504's error, and the provider's side of it ends", async () => {
  const { mock } = gateway.mocks;
  const read = await ask({ stall_at_byte: 700 });
  assert.equal(read.error.code, "upstream_timeout");
  assert.equal(read.error.type, "timeout_error");
  await until("the provider sees the end", async () => (await mock.stats()).active === 0, 5000);
});

const whole = {
  "lacks [DONE] behind its finish reason": { no_done: true },
  "lacks [DONE] and ends by close": { no_done: true, framing: "eof" },
  "lacks [DONE] and is HTTP/1.0": { no_done: true, framing: "http10_eof" },
  "lacks its last chunk behind [DONE]": { framing: "no_last_chunk" },
  "ends by close": { framing: "eof" },
  "is HTTP/1.0": { framing: "http10_eof" },
  "comes with a declared length": { framing: "short_cl" },
  "has trailers": { framing: "trailers" },
  "has chunk extensions": { framing: "chunk_ext" },
  "has no reason phrase": { framing: "no_reason" },
  "has interim responses before it": { framing: "1xx_then_200" },
  "is followed by a response nobody asked for": { framing: "extra_bytes" },
  "comes in single bytes": { write_size: 1 },
  "lacks a finish reason but has [DONE]": { no_finish_reason: true },
};
for (const [name, script] of Object.entries(whole)) {
  test(`a stream that ${name} is whole, and the next request is not harmed`, async () => {
    for (let i = 0; i < 2; ++i) {
      const read = await ask(script);
      assert.equal(read.error, undefined);
      assert.equal(read.text, wholeText(script));
      const { text, whole } = await raw(script);
      assert.ok(text.endsWith("data: [DONE]\n\n"), text.slice(-200));
      assert.equal(text.split("[DONE]").length, 2, "one [DONE]");
      assert.ok(whole);
    }
    const next = await openai(gateway).chat({ model: "mock/m1", messages: says("next") });
    assert.equal(next.choices[0].message.content, "Hello from m1. You said: next");
  });
}

test("events of other shapes pass: a name, a comment, CRLF are the client's to read", async () => {
  const { text } = await raw({ events: 2 });
  assert.match(text, /^(data: [^\n]*\n\n)+$/, "nothing but data events, none of them the gateway's own");
});

const plain = {
  "is cut in its body": { cut_at_byte: 100 },
  "is reset in its body": { cut_at_byte: 100, rst: true },
  "is shorter than its length": { framing: "short_cl" },
  "is not JSON": { body: "so sorry" },
};
for (const [name, script] of Object.entries(plain)) {
  test(`a plain answer that ${name} is InternalServerError`, async () => {
    const { chat, sent } = openai(gateway);
    const error = await chat({ model: "mock/m1", messages: messages(script) }).catch((error) => error);
    assert.ok(error instanceof OpenAI.InternalServerError, String(error));
    assert.equal(error.status, 502);
    assert.equal(sent.length, 1);
  });
}

test("a large plain answer that breaks behind the commit point is an error, too", async () => {
  for (const script of [{ cut_at_byte: 900_000 }, { cut_at_byte: 900_000, framing: "chunk_ext" }, { stall_at_byte: 900_000 }]) {
    const { chat } = openai(gateway, { maxRetries: 0 });
    const answer = await chat({ model: "mock/m1", messages: messages({ content_bytes: 1_000_000, ...script }) }).catch((error) => error);
    assert.ok(answer instanceof Error, `it succeeded: ${JSON.stringify(answer).slice(0, 100)}`);
  }
});
