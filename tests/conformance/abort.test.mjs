// Clients that go away, and clients that do not wait: the provider's side ends at once, and nothing is left behind.
import assert from "node:assert/strict";
import { test } from "node:test";
import OpenAI from "openai";

import { collect, configOf, openai, says } from "./lib/clients.mjs";
import { until, useGateway } from "./lib/gateway.mjs";

const gateway = useGateway({ config: (mocks) => configOf(mocks) });
const endless = { events: -1, pace_ms: 1 };
const promptlyMs = 3000; // in fact milliseconds; a provider that is not told would go on for ever

async function stats() {
  return gateway.mocks.mock.stats();
}

// Runs `act`, then waits until the provider has seen `count` more of its answers aborted and is idle.
async function aborts(act, count = 1) {
  const before = (await stats()).aborted;
  await act();
  await until("the provider sees the abort", async () => {
    const now = await stats();
    return now.aborted === before + count && now.active === 0;
  }, promptlyMs);
}

test("aborting a stream by AbortController ends the provider's stream", async () => {
  await aborts(async () => {
    const abort = new AbortController();
    const stream = await openai(gateway).chat({ messages: says("go", endless), stream: true }, { signal: abort.signal });
    let seen = 0;
    for await (const _ of stream) if (++seen === 5) abort.abort();
    assert.ok(seen >= 5);
  });
});

test("leaving the loop over a stream ends the provider's stream", async () => {
  await aborts(async () => {
    for await (const _ of await openai(gateway).chat({ messages: says("go", endless), stream: true })) break;
  });
});

test("aborting a silent stream ends the provider's stream without another event", async () => {
  await aborts(async () => {
    const abort = new AbortController();
    const stream = await openai(gateway).chat(
      { messages: says("go", { events: 10, pace_ms: 60_000 }), stream: true },
      { signal: abort.signal },
    );
    for await (const _ of stream) abort.abort();
  });
});

test("aborting before the provider's head ends the provider's request", async () => {
  await aborts(async () => {
    const abort = new AbortController();
    const asked = openai(gateway).chat({ messages: says("go", { stall_before_head: true }) }, { signal: abort.signal });
    await until("the provider was asked", async () => (await stats()).active === 1, promptlyMs);
    abort.abort();
    await assert.rejects(asked, OpenAI.APIUserAbortError);
  });
});

test("the SDK's timeout ends the provider's request", async () => {
  await aborts(async () => {
    const { chat } = openai(gateway, { timeout: 200, maxRetries: 0 });
    await assert.rejects(chat({ messages: says("go", { stall_before_head: true }) }), OpenAI.APIConnectionTimeoutError);
  });
});

test("the SDK's retries after its own timeout all end", async () => {
  await aborts(async () => {
    const { chat, sent } = openai(gateway, { timeout: 200, maxRetries: 1 });
    await assert.rejects(chat({ messages: says("go", { latency_ms: 60_000 }) }), OpenAI.APIConnectionTimeoutError);
    assert.equal(sent.length, 2);
  }, 2);
});

test("a slow first token within the SDK's timeout is waited for", async () => {
  const read = await collect(
    await openai(gateway, { timeout: 5000, maxRetries: 0 }).chat({ messages: says("go", { first_token_ms: 300 }), stream: true }),
  );
  assert.equal(read.error, undefined);
  assert.equal(read.finishReason, "stop");
});

test("thirty streams aborted at once leave nothing open at the provider", async () => {
  await aborts(async () => {
    const aborting = Array.from({ length: 30 }, async () => {
      const abort = new AbortController();
      const stream = await openai(gateway).chat({ messages: says("go", endless), stream: true }, { signal: abort.signal });
      for await (const _ of stream) abort.abort();
    });
    await Promise.all(aborting);
  }, 30);
});

test("after aborts the gateway serves on", async () => {
  const answer = await openai(gateway).chat({ messages: says("hello") });
  assert.equal(answer.choices[0].message.content, "Hello from m1. You said: hello");
});
