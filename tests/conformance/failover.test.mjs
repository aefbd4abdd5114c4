// A model or a provider that fails before its first event is replaced, and the client does not notice.
import assert from "node:assert/strict";
import { test } from "node:test";
import OpenAI from "openai";

import { freePort } from "./lib/child.mjs";
import { askStream, configOf, openai, says } from "./lib/clients.mjs";
import { useGateway } from "./lib/gateway.mjs";

// What goes wrong at the first model; the second one is well.
const failures = {
  "answers 500": { status: 500 },
  "answers 503 with a web page": { status: 503, body: "<html>busy</html>", headers: { "content-type": "text/html" } },
  "answers 429": { status: 429, retry_after: 30 },
  "answers 529": { status: 529 },
  "refuses the gateway's key": { status: 401 },
  "closes before its head": { cut_before_head: true },
  "resets before its head": { cut_before_head: true, rst: true },
  "is silent before its head": { stall_before_head: true },
  "is silent before its first byte": { stall_at_byte: 0 },
  "closes before its first byte": { cut_at_byte: 0 },
  "closes inside its first event": { cut_at_byte: 40 },
  "reports an error inside a 200": { error_200: true },
  "reports a bare error inside a 200": { error_200: true, raw_error: true },
  "sends a web page": { framing: "html_200" },
  "sends gzip as transfer coding": { framing: "te_gzip" },
  "sends two lengths": { framing: "two_cl" },
  "sends a length and chunks": { framing: "cl_te" },
  "sends a head of a megabyte": { header_bytes: 1_000_000 },
  "sends no body": { status: 200, body: "" },
  "sends a list instead of an object": { status: 200, body: "[1]" },
};
const plainOnly = new Set(["sends no body", "sends a list instead of an object"]); // `body` is of plain answers
const nameOf = (failure) => failure.replace(/[^a-z0-9]+/gi, "-").toLowerCase();

const models = Object.fromEntries(Object.entries(failures).map(([name, script]) => [nameOf(name), script]));

const timeouts = { connect: "300ms", first_byte: "300ms", idle: "2s", total: "20s" };
const gateway = useGateway({
  mocks: { mock: { script: { models: { ...models, zipped: { gzip: true } } } }, other: {} },
  config: async (mocks) => {
    const config = configOf(mocks);
    config.providers.push({ id: "dead", base_url: `http://127.0.0.1:${await freePort()}/v1`, api_key: "x" });
    config.providers.push({ id: "nowhere", base_url: "http://no-such-host.invalid/v1", api_key: "x" });
    config.models = [...Object.keys(models).map((name) => `mock/${name}`), "dead/m", "nowhere/m"].map((id) => ({
      id,
      fallbacks: ["other/good"],
      timeouts,
    }));
    return config;
  },
});

const wanted = "Hello from good. You said: hello";

function assertServed(headers, attempts = "2") {
  assert.equal(headers.get("x-smartroute-model"), "other/good");
  assert.equal(headers.get("x-smartroute-provider"), "other");
  assert.equal(headers.get("x-smartroute-attempts"), attempts);
}

// A 500 may be a hiccup: two models leave one of three attempts for a second try.
const attemptsAt = (model) => (model === `mock/${nameOf("answers 500")}` ? "3" : "2");

test("an answer that came as gzip though nobody asked for it is passed on as text", async () => {
  const { chat } = openai(gateway);
  const { data, response } = await chat({ model: "mock/zipped", messages: says("hello") }).withResponse();
  assert.equal(data.choices[0].message.content, "Hello from zipped. You said: hello");
  assert.equal(response.headers.get("content-encoding"), null);
  const read = await askStream(chat, { model: "mock/zipped", messages: says("hello") });
  assert.equal(read.error, undefined);
  assert.equal(read.text, "Hello from zipped. You said: hello");
});

const cases = [
  ...Object.keys(failures).map((name) => ({ name: `the first model ${name}`, model: `mock/${nameOf(name)}`, plainOnly: plainOnly.has(name) })),
  { name: "nobody listens at the first provider", model: "dead/m" },
  { name: "the first provider's name does not resolve", model: "nowhere/m" },
];
for (const { name, model, plainOnly } of cases) {
  test(`${name}: the second one answers, and one request was made`, async () => {
    const { chat, sent } = openai(gateway);
    const { data, response } = await chat({ model, messages: says("hello") }).withResponse();
    assert.equal(data.choices[0].message.content, wanted);
    assertServed(response.headers, attemptsAt(model));
    assert.equal(sent.length, 1);
  });
  if (plainOnly) continue;
  test(`${name}: the second one streams, and one request was made`, async () => {
    const { client, sent, chat } = openai(gateway);
    const read = await askStream(chat, { model, messages: says("hello") });
    assert.equal(read.error, undefined);
    assert.equal(read.text, wanted);
    assert.equal(read.chunks.filter((chunk) => chunk.choices[0]?.delta?.role).length, 1, "nothing of the first one came through");
    assert.equal(sent.length, 1);
    const response = await client.chat.completions.create({ model, messages: says("hello"), stream: true }).asResponse();
    assertServed(response.headers, attemptsAt(model));
    await response.text();
  });
}

test("a tier goes on to its next model, and says so", async () => {
  // Neither has a cooldown, which would put it behind the good one.
  const broken = `mock/${nameOf("answers 500")}`;
  const before = configOf(gateway.mocks);
  await gateway.setConfig({ ...before, tiers: { ...before.tiers, t3: { models: [broken, `mock/${nameOf("answers 529")}`, "other/good"] } } });
  const { data, response } = await openai(gateway).chat({ model: "t3", messages: says("hello") }).withResponse();
  assert.equal(data.choices[0].message.content, wanted);
  assertServed(response.headers, "3");
  assert.equal(response.headers.get("x-smartroute-tier"), "t3");
});

test("a status that is not listed under retry is final", async () => {
  await gateway.setConfig({
    ...configOf(gateway.mocks),
    retry: { status_codes: [500] },
    models: ["answers 429", "answers 529"].map((name) => ({ id: `mock/${nameOf(name)}`, fallbacks: ["other/good"], timeouts })),
  });
  for (const [name, Class] of [["answers 429", OpenAI.RateLimitError], ["answers 529", OpenAI.InternalServerError]]) {
    const { chat, sent } = openai(gateway);
    const error = await chat({ model: `mock/${nameOf(name)}`, messages: says("hello") }).catch((error) => error);
    assert.ok(error instanceof Class, String(error));
    assert.equal(error.headers.get("x-smartroute-attempts"), "1");
    assert.equal(sent.length, 1);
  }
});
