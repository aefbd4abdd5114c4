import assert from "node:assert/strict";
import { after, describe, before, test } from "node:test";
import OpenAI from "openai";

import { configOf, openai, says } from "./lib/clients.mjs";
import { useGateway } from "./lib/gateway.mjs";

const facts = {
  tiers: { t1: { models: ["mock/small"] }, t2: { models: ["mock/middle"] }, t3: { models: ["mock/org/large:free"] } },
  router: { mode: "keyword", default_tier: "t2", keywords: { t1: ["translate", "翻译"], t3: ["prove", "/\\bdebug\\b/"] } },
  model_map: { "gpt-4": "other" },
};
const gateway = useGateway({ mocks: ["mock", "other"], config: (mocks) => configOf(mocks, facts) });

const rows = [
  { model: "auto", text: "hello", served: "mock/middle", upstream: "middle", tier: "t2", reason: "default_tier" },
  { model: "auto", text: "Prove it", served: "mock/org/large:free", upstream: "org/large:free", tier: "t3", reason: "keyword:prove" },
  { model: "auto", text: "please debug this", served: "mock/org/large:free", upstream: "org/large:free", tier: "t3" },
  { model: "auto", text: "请翻译这句话", served: "mock/small", upstream: "small", tier: "t1" },
  { model: "t1", text: "prove", served: "mock/small", upstream: "small", tier: "t1", reason: "asked" },
  { model: "t2", text: "prove", served: "mock/middle", upstream: "middle", tier: "t2", reason: "asked" },
  { model: "t3", text: "hello", served: "mock/org/large:free", upstream: "org/large:free", tier: "t3", reason: "asked" },
  { model: "mock/small", text: "prove", served: "mock/small", upstream: "small", tier: null, reason: "asked" },
  { model: "other/never-named", text: "prove", served: "other/never-named", upstream: "never-named", tier: null, reason: "asked" },
  { model: "gpt-4", text: "hello", served: "other/gpt-4", upstream: "gpt-4", tier: null, reason: "asked" },
  { model: "nobody-knows", text: "hello", served: "mock/middle", upstream: "middle", tier: "t2", reason: "default_tier; unknown model" },
];
for (const { model, text, served, upstream, tier, reason } of rows) {
  test(`'${model}' with '${text}' is served by ${served}`, async () => {
    const { data, response } = await openai(gateway).chat({ model, messages: says(text) }).withResponse();
    assert.equal(data.model, upstream);
    assert.equal(response.headers.get("x-smartroute-model"), served);
    assert.equal(response.headers.get("x-smartroute-provider"), served.split("/")[0]);
    assert.equal(response.headers.get("x-smartroute-tier"), tier);
    if (reason) assert.equal(response.headers.get("x-smartroute-tier-reason"), reason);
    else assert.match(response.headers.get("x-smartroute-tier-reason"), /^keyword:[\x20-\x7e]+$/);
  });
}

test("models.list gives the names one may ask for", async () => {
  const ids = [];
  for await (const model of openai(gateway).client.models.list()) {
    assert.equal(model.object, "model");
    assert.equal(typeof model.created, "number");
    assert.ok(model.owned_by.length > 0);
    ids.push(model.id);
  }
  for (const id of ["auto", "t1", "t2", "t3", "mock/small", "mock/middle", "mock/org/large:free"])
    assert.ok(ids.includes(id), `${id} is missing from ${ids}`);
  assert.equal(new Set(ids).size, ids.length, "no name twice");
});

test("every listed model can be retrieved, also with slashes and colons in its name", async () => {
  const { client } = openai(gateway);
  for await (const { id } of client.models.list()) {
    const model = await client.models.retrieve(id);
    assert.equal(model.id, id);
    assert.equal(model.object, "model");
  }
});

test("a model that is not there is NotFoundError on retrieve", async () => {
  const error = await openai(gateway).client.models.retrieve("mock/none").catch((error) => error);
  assert.ok(error instanceof OpenAI.NotFoundError, String(error));
  assert.equal(error.code, "model_not_found");
});

describe("with unknown_model: reject", () => {
  before(() => gateway.setConfig((mocks) => ({ ...rejecting(configOf(mocks, facts)) })));
  after(() => gateway.setConfig((mocks) => configOf(mocks, facts)));
  const rejecting = (config) => ({ ...config, gateway: { ...config.gateway, unknown_model: "reject" } });

  test("an unknown model is NotFoundError, and is asked for once", async () => {
    const { chat, sent } = openai(gateway);
    const error = await chat({ model: "nobody-knows", messages: says("hello") }).catch((error) => error);
    assert.ok(error instanceof OpenAI.NotFoundError, String(error));
    assert.equal(error.code, "model_not_found");
    assert.equal(error.param, "model");
    assert.match(error.message, /nobody-knows/);
    assert.equal(sent.length, 1);
  });

  test("known names are served as before", async () => {
    const { chat } = openai(gateway);
    for (const model of ["auto", "t1", "mock/small", "gpt-4"])
      assert.ok((await chat({ model, messages: says("hello") })).choices[0].message.content);
  });
});
