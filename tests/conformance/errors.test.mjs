// Errors as the official SDK sees them: its own classes, the gateway's codes, and no repeated requests where a repeat cannot help.
import assert from "node:assert/strict";
import { describe, before, after, test } from "node:test";
import OpenAI from "openai";

import { configOf, gatewayKey, openai, providerKey, says } from "./lib/clients.mjs";
import { useGateway } from "./lib/gateway.mjs";

const maxBody = 64 * 1024;
const configured = (mocks, more) =>
  configOf(mocks, {
    tiers: { t1: { models: ["mock/m1"] }, t2: { models: ["mock/m1", "mock/m2", "other/m3"] }, t3: { models: ["mock/m1"] } },
    limits: { max_body_bytes: maxBody },
    ...more,
  });
const gateway = useGateway({ mocks: ["mock", "other"], config: (mocks) => configured(mocks) });

// The error of the SDK, and how often it asked the gateway.
async function failing(params, { client = {}, headers } = {}) {
  const { chat, sent } = openai(gateway, client);
  const answer = await chat({ messages: says("hello"), ...params }, { headers }).catch((error) => error);
  assert.ok(answer instanceof Error, `it succeeded: ${JSON.stringify(answer)}`);
  return { error: answer, requests: sent.length };
}

function assertError(error, Class, { status, code, type }) {
  assert.ok(error instanceof Class, `${error?.constructor?.name}: ${error}`);
  assert.equal(error.status, status);
  assert.equal(error.code, code);
  if (type) assert.equal(error.type, type);
  assert.match(error.requestID, /^req_/);
  assert.equal(error.headers.get("x-should-retry"), "false");
  assert.ok(error.error.message.length > 10);
  assert.ok(!JSON.stringify(error.error).includes(providerKey));
}

test("a wrong key is AuthenticationError", async () => {
  const { error, requests } = await failing({}, { client: { apiKey: "sk-wrong" } });
  assertError(error, OpenAI.AuthenticationError, { status: 401, code: "invalid_api_key", type: "invalid_request_error" });
  assert.equal(requests, 1);
  assert.ok(!error.message.includes("sk-wrong"));
});

test("a wrong key is refused for the list of models, too", async () => {
  const error = await openai(gateway, { apiKey: "sk-wrong" }).client.models.list().catch((error) => error);
  assertError(error, OpenAI.AuthenticationError, { status: 401, code: "invalid_api_key" });
});

for (const header of ["x-api-key", "api-key"]) {
  test(`the key is taken from ${header}, too`, async () => {
    const { chat } = openai(gateway, { defaultHeaders: { authorization: null, [header]: gatewayKey } });
    assert.ok((await chat({ messages: says("hello") })).choices.length);
  });
}

test("a URL that is not served is NotFoundError", async () => {
  const error = await openai(gateway).client.embeddings.create({ model: "auto", input: "x" }).catch((error) => error);
  assertError(error, OpenAI.NotFoundError, { status: 404, code: "unknown_url" });
});

const badRequests = [
  { name: "no messages", params: { messages: undefined }, param: "messages" },
  { name: "messages that are no list", params: { messages: "hello" }, param: "messages" },
  { name: "no model", params: { model: undefined }, param: "model" },
  { name: "a model that is a number", params: { model: 4 }, param: "model" },
  { name: "stream that is no boolean", params: { stream: "yes" }, param: "stream" },
];
for (const { name, params, param } of badRequests) {
  test(`${name} is BadRequestError that names '${param}', and no provider is asked`, async () => {
    await gateway.mocks.mock.clear();
    const { error, requests } = await failing(params);
    assertError(error, OpenAI.BadRequestError, { status: 400, code: "invalid_request", type: "invalid_request_error" });
    assert.equal(error.param, param);
    assert.equal(requests, 1);
    assert.deepEqual(await gateway.mocks.mock.requests(), []);
  });
}

test("a body that is not JSON is BadRequestError", async () => {
  const { error } = await failing({}, { client: { rewrite: (body) => body.slice(0, -3) } });
  assertError(error, OpenAI.BadRequestError, { status: 400, code: "invalid_request" });
});

test("a model named twice is BadRequestError: nobody shall read the other one", async () => {
  const { error } = await failing({}, { client: { rewrite: (body) => body.replace("{", '{"model":"t1",') } });
  assertError(error, OpenAI.BadRequestError, { status: 400, code: "invalid_request" });
});

test("a body over the limit is 413, however far over", async () => {
  for (const size of [maxBody + 1, 4 * 1024 * 1024]) {
    const { error, requests } = await failing({ messages: says("x".repeat(size)) });
    assertError(error, OpenAI.APIError, { status: 413, code: "request_too_large", type: "invalid_request_error" });
    assert.equal(requests, 1);
  }
});

test("the provider's 400 is passed on with its own words", async () => {
  const body = { error: { message: "'temperature' must be at most 2", type: "invalid_request_error", param: "temperature", code: "out_of_range" } };
  for (const stream of [false, true]) {
    await gateway.mocks.mock.clear();
    const { error, requests } = await failing({ model: "t2", stream, messages: says("hello", { status: 400, body }) });
    assert.ok(error instanceof OpenAI.BadRequestError, String(error));
    assert.deepEqual(error.error, body.error);
    assert.equal(error.param, "temperature");
    assert.equal(error.code, "out_of_range");
    assert.equal(error.headers.get("x-smartroute-model"), "mock/m1");
    assert.equal(requests, 1);
    assert.equal((await gateway.mocks.mock.requests()).length, 1, "the next model would refuse it, too");
  }
});

test("a provider that answers 422 or 404 is passed on with its status", async () => {
  for (const [status, Class] of [[422, OpenAI.UnprocessableEntityError], [404, OpenAI.NotFoundError]]) {
    const { error } = await failing({ model: "mock/m1", messages: says("hello", { status }) });
    assert.ok(error instanceof Class, String(error));
    assert.match(error.message, /mock provider was told/);
  }
});

for (const status of [401, 403]) {
  test(`the provider's ${status} is the gateway's 502, not the caller's ${status}`, async () => {
    const { error, requests } = await failing({ model: "mock/m1", messages: says("hello", { status }) });
    assertError(error, OpenAI.InternalServerError, { status: 502, code: "upstream_credentials_exhausted" });
    assert.equal(requests, 1);
  });
}

for (const stream of [false, true]) {
  const way = stream ? "a stream" : "an answer";
  test(`429 from every provider of ${way} is RateLimitError after one request`, async () => {
    const { mocks } = gateway;
    await Promise.all([mocks.mock.clear(), mocks.other.clear()]);
    const { error, requests } = await failing({ model: "t2", stream, messages: says("hello", { status: 429 }) });
    assertError(error, OpenAI.RateLimitError, { status: 429, code: "upstream_rate_limited", type: "rate_limit_error" });
    const wait = Number(error.headers.get("retry-after"));
    assert.ok(wait >= 1 && wait <= 59, `retry-after: ${wait}`);
    assert.equal(requests, 1, "the SDK must not multiply the gateway's attempts");
    assert.equal(error.headers.get("x-smartroute-attempts"), "3");
    assert.equal((await mocks.mock.requests()).length + (await mocks.other.requests()).length, 3);
  });

  test(`500 from every provider of ${way} is one error after one request`, async () => {
    const { error, requests } = await failing({ model: "t2", stream, messages: says("hello", { status: 500 }) });
    assertError(error, OpenAI.InternalServerError, { status: 502, code: "upstream_error" });
    assert.equal(error.headers.get("x-smartroute-attempts"), "3");
    assert.equal(requests, 1);
  });

  test(`an error inside a 200 of every provider of ${way} is an error`, async () => {
    const { error, requests } = await failing({ model: "t2", stream, messages: says("hello", { error_200: true }) });
    assertError(error, OpenAI.InternalServerError, { status: 502, code: "upstream_error" });
    assert.equal(error.headers.get("x-smartroute-attempts"), "3");
    assert.equal(requests, 1);
  });
}

test("a web page with status 200 is an error, not an answer", async () => {
  for (const stream of [false, true]) {
    const { error } = await failing({ model: "mock/m1", stream, messages: says("hello", { framing: "html_200" }) });
    assertError(error, OpenAI.InternalServerError, { status: 502, code: "upstream_bad_response" });
  }
});

test("a redirect is an error and is not followed", async () => {
  await gateway.mocks.other.clear();
  const location = `${gateway.mocks.other.baseURL}/chat/completions`;
  const { error } = await failing({ model: "mock/m1", messages: says("hello", { status: 302, headers: { location } }) });
  assertError(error, OpenAI.InternalServerError, { status: 502, code: "upstream_bad_response" });
  assert.deepEqual(await gateway.mocks.other.requests(), []);
});

describe("with an empty tier that no other may serve", () => {
  const tiers = { t1: { models: ["mock/m1"] } };
  before(() => gateway.setConfig((mocks) => configured(mocks, { tiers, router: { mode: "keyword", default_tier: "t1", no_candidate: "fail" } })));
  after(() => gateway.setConfig((mocks) => configured(mocks)));

  test("that tier is 503 after one request", async () => {
    const { error, requests } = await failing({ model: "t3" });
    assertError(error, OpenAI.InternalServerError, { status: 503, code: "no_route" });
    assert.ok(Number(error.headers.get("retry-after")) >= 1);
    assert.equal(requests, 1);
  });
});

test("after all these errors the same connections serve good answers", async () => {
  const { chat } = openai(gateway);
  for (let i = 0; i < 10; ++i) assert.ok((await chat({ messages: says(`hello ${i}`) })).choices[0].message.content.endsWith(`hello ${i}`));
});
