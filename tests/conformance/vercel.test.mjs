// The Vercel AI SDK through the gateway.
import assert from "node:assert/strict";
import { test } from "node:test";
import { APICallError, RetryError, generateText, stepCountIs, streamText, tool } from "ai";
import { z } from "zod";

import { configOf, says, vercel } from "./lib/clients.mjs";
import { until, useGateway } from "./lib/gateway.mjs";

const models = { "fails-500": { status: 500 }, "is-silent": { stall_before_head: true } };
const timeouts = { connect: "300ms", first_byte: "300ms", idle: "300ms", total: "20s" };
const gateway = useGateway({
  mocks: { mock: { script: { models } }, other: {} },
  config: (mocks) =>
    configOf(mocks, {
      models: [
        { id: "mock/fails-500", fallbacks: ["other/m1"], timeouts },
        { id: "mock/is-silent", fallbacks: ["other/m1"], timeouts },
        { id: "mock/brief", timeouts },
      ],
    }),
});

const script = (behaviour) => says("tell me", behaviour)[0].content;

// Every part of a stream. An error of the stream is one of them, also when the connection's end throws it out of the loop.
async function read(result) {
  const parts = [];
  try {
    for await (const part of result.fullStream) parts.push(part);
  } catch (error) {
    parts.push({ type: "error", error });
  }
  const of = (type) => parts.filter((part) => part.type === type);
  return {
    parts,
    text: of("text-delta").map((part) => part.text).join(""),
    errors: of("error").map((part) => part.error),
    finish: of("finish").at(-1),
    of,
  };
}

function stream(modelName, prompt, more = {}) {
  const { model, sent } = vercel(gateway);
  return { sent, result: streamText({ model: model(modelName), prompt, maxRetries: 0, onError: () => {}, ...more }) };
}

test("generateText gives the provider's text and usage", async () => {
  const { model } = vercel(gateway);
  const result = await generateText({ model: model("auto"), prompt: "hello" });
  assert.equal(result.text, "Hello from m1. You said: hello");
  assert.equal(result.finishReason, "stop");
  assert.ok(result.usage.inputTokens > 0);
  assert.equal(result.usage.outputTokens, 6);
  assert.equal(result.response.headers["x-smartroute-model"], "mock/m1");
  assert.equal(result.response.headers["x-smartroute-tier"], "t2");
});

test("streamText gives the provider's text, usage and finish reason", async () => {
  const { result } = stream("auto", "hello");
  const { text, errors, finish } = await read(result);
  assert.deepEqual(errors, []);
  assert.equal(text, "Hello from m1. You said: hello");
  assert.equal(finish.finishReason, "stop");
  assert.equal(finish.totalUsage.outputTokens, 6);
});

test("Chinese text and emoji survive both ways", async () => {
  const text = "你好，世界 👩‍👩‍👧 — naïve";
  const { model } = vercel(gateway);
  assert.equal((await generateText({ model: model("auto"), prompt: text })).text, `Hello from m1. You said: ${text}`);
  assert.equal((await read(stream("auto", text).result)).text, `Hello from m1. You said: ${text}`);
});

const getWeather = () => {
  const calls = [];
  return {
    calls,
    tools: {
      get_weather: tool({
        description: "Weather of a city",
        inputSchema: z.object({ city: z.string(), days: z.number().int() }),
        execute: async (input) => {
          calls.push(input);
          return { sky: "晴" };
        },
      }),
    },
  };
};

test("generateText calls a tool and goes on with its result", async () => {
  const { tools, calls } = getWeather();
  const { model, sent } = vercel(gateway);
  const result = await generateText({ model: model("auto"), prompt: "use get_weather", tools, stopWhen: stepCountIs(3) });
  assert.deepEqual(calls, [{ city: "mock city", days: 1 }]);
  assert.equal(result.steps.length, 2);
  assert.equal(result.text, "Hello from m1. You said: use get_weather");
  assert.equal(sent.length, 2);
  assert.ok(sent[1].body.includes("晴"));
});

test("streamText calls a tool whose arguments came in fragments, and goes on", async () => {
  const { tools, calls } = getWeather();
  const { result } = stream("auto", "use get_weather", { tools, stopWhen: stepCountIs(3) });
  const { text, errors, of } = await read(result);
  assert.deepEqual(errors, []);
  assert.deepEqual(calls, [{ city: "mock city", days: 1 }]);
  assert.ok(of("tool-input-delta").length > 2);
  assert.equal(of("tool-call")[0].toolName, "get_weather");
  assert.equal(text, "Hello from m1. You said: use get_weather");
});

for (const name of Object.keys(models)) {
  test(`failover from a model that ${name.replace("-", " ")} is invisible`, async () => {
    const { model, sent } = vercel(gateway);
    const plain = await generateText({ model: model(`mock/${name}`), prompt: "hello" });
    assert.equal(plain.text, "Hello from m1. You said: hello");
    // A 500 may be a hiccup: two models leave one of three attempts for a second try.
    assert.equal(plain.response.headers["x-smartroute-attempts"], name.includes("500") ? "3" : "2");
    const streamed = await read(stream(`mock/${name}`, "hello").result);
    assert.deepEqual(streamed.errors, []);
    assert.equal(streamed.text, "Hello from m1. You said: hello");
    assert.equal(sent.length, 1);
  });
}

const refusals = [
  { name: "a wrong key", client: { apiKey: "sk-wrong" }, status: 401, code: "invalid_api_key" },
  { name: "the provider's 400", prompt: script({ status: 400 }), status: 400, code: null },
  { name: "the provider's 401", prompt: script({ status: 401 }), status: 502, code: "upstream_credentials_exhausted" },
  { name: "429 from every provider", prompt: script({ status: 429 }), status: 429, code: "upstream_rate_limited" },
  { name: "500 from every provider", prompt: script({ status: 500 }), status: 502, code: "upstream_error" },
  { name: "an error inside a 200", prompt: script({ error_200: true }), status: 502, code: "upstream_error" },
];
for (const { name, client, prompt = "hello", status, code } of refusals) {
  test(`${name} is APICallError with the gateway's words`, async () => {
    const { model } = vercel(gateway, client);
    const error = await generateText({ model: model("mock/m1"), prompt, maxRetries: 0 }).catch((error) => error);
    assert.ok(APICallError.isInstance(error), String(error));
    assert.equal(error.statusCode, status);
    const told = JSON.parse(error.responseBody).error;
    assert.equal(told.code, code);
    assert.equal(error.message, told.message);
    assert.equal(error.responseHeaders["x-request-id"].length > 0, true);
  });

  test(`${name} of a stream is an error part, and the text promise fails`, async () => {
    const { model } = vercel(gateway, client);
    const result = streamText({ model: model("mock/m1"), prompt, maxRetries: 0, onError: () => {} });
    const { text, errors } = await read(result);
    assert.equal(text, "");
    assert.equal(errors[0].statusCode, status);
    await assert.rejects(Promise.resolve(result.text));
  });
}

test("its retries are bounded when every provider fails", async () => {
  const { model, sent } = vercel(gateway);
  const error = await generateText({ model: model("mock/m1"), prompt: script({ status: 500 }), maxRetries: 1 }).catch((error) => error);
  assert.ok(RetryError.isInstance(error), String(error));
  assert.equal(sent.length, 2);
});

const broken = {
  "is cut in the middle": { cut_at_byte: 700 },
  "is reset in the middle": { cut_at_byte: 700, rst: true, write_size: 200, write_gap_us: 2000 },
  "stalls in the middle": { stall_at_byte: 700 },
  "has a chunk of no size": { framing: "bad_chunk" },
  "reports an error in the middle": { error_at_event: 2 },
  "reports a bare error in the middle": { error_at_event: 2, raw_error: true },
  "ends without finish reason and [DONE]": { no_finish_reason: true, no_done: true },
  "ends by close without finish reason and [DONE]": { no_finish_reason: true, no_done: true, framing: "eof" },
};
for (const [name, behaviour] of Object.entries(broken)) {
  test(`a stream that ${name} has an error part and no good finish`, async () => {
    const { errors, finish, parts } = await read(stream("mock/brief", script(behaviour)).result);
    assert.ok(errors.length > 0, JSON.stringify(parts.slice(-3)));
    assert.notEqual(finish?.finishReason, "stop");
  });
}

test("a stream without [DONE] behind its finish reason is whole", async () => {
  const { text, errors, finish } = await read(stream("mock/brief", script({ no_done: true })).result);
  assert.deepEqual(errors, []);
  assert.ok(text.startsWith("Hello from brief."));
  assert.equal(finish.finishReason, "stop");
});

test("aborting a stream ends the provider's stream", async () => {
  const { mock } = gateway.mocks;
  const before = (await mock.stats()).aborted;
  const abort = new AbortController();
  const { result } = stream("auto", script({ events: -1, pace_ms: 1 }), { abortSignal: abort.signal });
  let seen = 0;
  for await (const part of result.fullStream) if (part.type === "text-delta" && ++seen === 3) abort.abort();
  assert.ok(seen >= 3);
  await until("the provider sees the abort", async () => (await mock.stats()).aborted === before + 1, 3000);
});

test("aborting generateText ends the provider's request", async () => {
  const { mock } = gateway.mocks;
  const before = (await mock.stats()).aborted;
  const { model } = vercel(gateway);
  const abort = new AbortController();
  const asked = generateText({ model: model("auto"), prompt: script({ stall_before_head: true }), abortSignal: abort.signal, maxRetries: 0 });
  await until("the provider was asked", async () => (await mock.stats()).active === 1, 3000);
  abort.abort();
  await assert.rejects(asked, { name: "AbortError" });
  await until("the provider sees the abort", async () => (await mock.stats()).aborted === before + 1, 3000);
});
