import assert from "node:assert/strict";
import { test } from "node:test";

import { collect, configOf, openai, providerKey, says } from "./lib/clients.mjs";
import { useGateway } from "./lib/gateway.mjs";

const gateway = useGateway({ config: (mocks) => configOf(mocks) });

const weather = {
  type: "function",
  function: {
    name: "get_weather",
    description: "Weather of a city",
    parameters: { type: "object", properties: { city: { type: "string" }, days: { type: "integer" } }, required: ["city"] },
  },
};

function assertHeaders(headers, { tier, reason, model = "mock/m1", provider = "mock", attempts = "1" }) {
  assert.match(headers.get("x-request-id"), /^req_[a-z2-7]{24}$/);
  assert.equal(headers.get("x-smartroute-tier"), tier);
  assert.equal(headers.get("x-smartroute-tier-reason"), reason);
  assert.equal(headers.get("x-smartroute-model"), model);
  assert.equal(headers.get("x-smartroute-provider"), provider);
  assert.equal(headers.get("x-smartroute-attempts"), attempts);
  assert.match(headers.get("x-smartroute-overhead-us"), /^\d+$/);
}

test("a plain answer arrives as the provider gave it", async () => {
  const answer = await openai(gateway).chat({ messages: says("hello") });
  assert.equal(answer.choices[0].message.content, "Hello from m1. You said: hello");
  assert.equal(answer.choices[0].finish_reason, "stop");
  assert.equal(answer.model, "m1");
  assert.ok(answer.usage.prompt_tokens > 0);
  assert.equal(answer.usage.total_tokens, answer.usage.prompt_tokens + answer.usage.completion_tokens);
});

test("a plain answer says who gave it", async () => {
  const { data, response } = await openai(gateway).chat({ messages: says("hello") }).withResponse();
  assert.equal(response.status, 200);
  assert.match(response.headers.get("content-type"), /^application\/json/);
  assertHeaders(response.headers, { tier: "t2", reason: "default_tier" });
  assert.equal(data._request_id, response.headers.get("x-request-id"));
});

test("a stream arrives event by event and ends as it should", async () => {
  const read = await collect(await openai(gateway).chat({ messages: says("hello"), stream: true }));
  assert.equal(read.error, undefined);
  assert.equal(read.text, "Hello from m1. You said: hello");
  assert.equal(read.finishReason, "stop");
  assert.equal(read.chunks[0].choices[0].delta.role, "assistant");
  assert.equal(read.chunks.length, 8, "role, six words, finish");
  assert.equal(read.usage, null);
});

test("a stream says who gives it before its first event", async () => {
  const response = await openai(gateway).chat({ model: "t3", messages: says("hello"), stream: true }).asResponse();
  assert.equal(response.headers.get("content-type"), "text/event-stream; charset=utf-8");
  assert.equal(response.headers.get("cache-control"), "no-cache");
  assertHeaders(response.headers, { tier: "t3", reason: "asked" });
  assert.match(await response.text(), /data: \[DONE\]\n\n$/);
});

test("stream_options.include_usage gives usage in the last chunk", async () => {
  const read = await collect(
    await openai(gateway).chat({ messages: says("hello"), stream: true, stream_options: { include_usage: true } }),
  );
  assert.equal(read.error, undefined);
  assert.deepEqual(read.chunks.at(-1).choices, []);
  assert.equal(read.usage.completion_tokens, 6);
  assert.equal(read.usage.total_tokens, read.usage.prompt_tokens + 6);
});

test("a stream of a thousand events in odd writes arrives whole", async () => {
  const script = { events: 1000, chunk_bytes: 20, write_size: 777 };
  const read = await collect(await openai(gateway).chat({ messages: says("go", script), stream: true }));
  assert.equal(read.error, undefined);
  const wanted = Array.from({ length: 1000 }, (_, i) => `w${String(i).padStart(5, "0")} `.padEnd(20, "x")).join("");
  assert.equal(read.text, wanted);
});

test("events come while the provider is still sending", async () => {
  const stream = await openai(gateway).chat({ messages: says("go", { events: -1, pace_ms: 1 }), stream: true });
  let seen = 0;
  for await (const _ of stream) if (++seen === 20) break; // the stream has no end: waiting for it would hang
  assert.equal(seen, 20);
});

test("a plain answer of two megabytes arrives whole", async () => {
  const answer = await openai(gateway).chat({ messages: says("go", { content_bytes: 2_000_000 }) });
  assert.equal(answer.choices[0].message.content.length, 2_000_000);
});

test("a tool call arrives with its arguments", async () => {
  const answer = await openai(gateway).chat({ messages: says("use get_weather"), tools: [weather], tool_choice: "auto" });
  const [choice] = answer.choices;
  assert.equal(choice.finish_reason, "tool_calls");
  assert.equal(choice.message.content, null);
  assert.equal(choice.message.tool_calls[0].function.name, "get_weather");
  assert.deepEqual(JSON.parse(choice.message.tool_calls[0].function.arguments), { city: "mock city", days: 1 });
});

test("a streamed tool call arrives in fragments that make up its arguments", async () => {
  const read = await collect(
    await openai(gateway).chat({ messages: says("use get_weather"), tools: [weather], stream: true }),
  );
  assert.equal(read.error, undefined);
  const calls = read.chunks.flatMap((chunk) => chunk.choices[0]?.delta?.tool_calls ?? []);
  assert.equal(calls[0].function.name, "get_weather");
  assert.equal(calls[0].id, "call_mock_1");
  assert.ok(calls.length > 3, "arguments come in several fragments");
  assert.deepEqual(JSON.parse(calls.map((call) => call.function.arguments).join("")), { city: "mock city", days: 1 });
  assert.equal(read.finishReason, "tool_calls");
});

test("the SDK's own stream reader puts a tool call together", async () => {
  const runner = openai(gateway).client.chat.completions.stream({
    model: "auto",
    messages: says("use get_weather"),
    tools: [weather],
  });
  const message = await runner.finalMessage();
  assert.deepEqual(JSON.parse(message.tool_calls[0].function.arguments), { city: "mock city", days: 1 });
});

test("a tool's result goes back and is answered with text", async () => {
  const { chat } = openai(gateway);
  const first = await chat({ messages: says("use get_weather"), tools: [weather] });
  const [call] = first.choices[0].message.tool_calls;
  const messages = [...says("use get_weather"), first.choices[0].message, { role: "tool", tool_call_id: call.id, content: "21 °C" }];
  const second = await chat({ messages, tools: [weather] });
  assert.equal(second.choices[0].finish_reason, "stop");
  assert.equal(second.choices[0].message.content, "Hello from m1. You said: use get_weather");
});

const texts = {
  Chinese: "请证明有无穷多个素数，谢谢！",
  emoji: "👩‍👩‍👧‍👦 says 🏳️‍🌈 and 𝒳",
  "right to left": "مرحبا بالعالم",
  "escapes and controls": 'a "quoted" \\ back\tslash \u0001 \u2028 line',
};
for (const [name, text] of Object.entries(texts)) {
  test(`${name} text survives the way there and back, plain and streamed`, async () => {
    const { chat } = openai(gateway);
    const wanted = `Hello from m1. You said: ${text}`;
    assert.equal((await chat({ messages: says(text) })).choices[0].message.content, wanted);
    const read = await collect(await chat({ messages: says(text), stream: true }));
    assert.equal(read.error, undefined);
    assert.equal(read.text, wanted);
  });
}

test("multi-byte characters survive a stream written in single bytes", async () => {
  const script = { chunk_bytes: 4, write_size: 1 };
  const read = await collect(await openai(gateway).chat({ messages: says("素数 👩‍👩‍👧", script), stream: true }));
  assert.equal(read.error, undefined);
  assert.ok(read.text.startsWith("Hello from m1. You said: 素数 👩‍👩‍👧 [[mock:"));
});

test("the provider gets its own key, and nothing of the caller's", async () => {
  const { mock } = gateway.mocks;
  await mock.clear();
  const { chat } = openai(gateway, { organization: "org-caller", project: "proj-caller", defaultHeaders: { cookie: "a=b", "x-secret": "c" } });
  await chat({ messages: says("hello") });
  const [{ headers, path }] = await mock.requests();
  const names = headers.map(([name]) => name.toLowerCase());
  assert.equal(path, "/v1/chat/completions");
  assert.equal(headers.find(([name]) => name.toLowerCase() === "authorization")[1], `Bearer ${providerKey}`);
  for (const name of ["cookie", "x-secret", "openai-organization", "openai-project", "x-stainless-lang", "x-api-key"])
    assert.ok(!names.includes(name), `${name} went to the provider`);
});

test("a request id that the client chose is kept", async () => {
  const { response } = await openai(gateway)
    .chat({ messages: says("hello") }, { headers: { "x-request-id": "my-id-1" } })
    .withResponse();
  assert.equal(response.headers.get("x-request-id"), "my-id-1");
});
