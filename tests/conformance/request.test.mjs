// What of a request reaches the provider: everything, byte for byte, except what the gateway must change.
import assert from "node:assert/strict";
import { describe, before, after, test } from "node:test";

import { configOf, openai, says } from "./lib/clients.mjs";
import { useGateway } from "./lib/gateway.mjs";

const gateway = useGateway({ config: (mocks) => configOf(mocks) });

// The one body the provider got for `params`, and what the SDK sent for it. `rewrite` stands in for what JavaScript cannot write.
async function passed(params, rewrite) {
  const { mock } = gateway.mocks;
  await mock.clear();
  const { chat, sent } = openai(gateway, { rewrite });
  await chat(params);
  const [{ body }, ...others] = await mock.requests();
  assert.deepEqual(others, []);
  assert.equal(sent.length, 1);
  return { sent: sent[0].body, got: body };
}

const swapped = (body) => body.replace('"model":"auto"', '"model":"m1"');

test("unknown fields reach the provider byte for byte; only the model's name is replaced", async () => {
  const { sent, got } = await passed({
    messages: says("hello"),
    a_field_of_tomorrow: { nested: [1, null, true, { model: "auto" }], "a key with \"quotes\"": "\u0000" },
    metadata: { model: "auto" },
    seed: 9007199254740991,
    logit_bias: { 50256: -100 },
    user: "用户-1",
  });
  assert.equal(got, swapped(sent));
});

test("integers and decimals that no double can hold keep all their digits", async () => {
  const big = "123456789012345678901234567890";
  const small = "0.1000000000000000055511151231257827021181583404541015625";
  const rewrite = (body) => body.replace('"BIG"', big).replace('"SMALL"', small).replace('"EXP"', "1.0E+300");
  const { sent, got } = await passed({ messages: says("hello"), seed: "BIG", top_p: "SMALL", x: ["EXP", "BIG"] }, rewrite);
  assert.ok(sent.includes(big) && sent.includes(small) && sent.includes("1.0E+300"));
  assert.equal(got, swapped(sent));
});

test("white space and escapes of the client stay as they are", async () => {
  const rewrite = (body) => ` {\n\t"messages" : [ {"role":"user","content":"\\u4f60\\u597d \\/ \\ud83d\\ude00"} ],\r\n "model" :  "auto" , "n":1.0e0 }\n`;
  const { sent, got } = await passed({ messages: says("ignored") }, rewrite);
  assert.equal(got, sent.replace('"auto"', '"m1"'));
});

test("the model's name is replaced wherever it stands in the object", async () => {
  const rewrite = (body) => `{"messages":${JSON.stringify(says("hello"))},"stream":false,"model":"auto"}`;
  const { sent, got } = await passed({ messages: says("hello") }, rewrite);
  assert.equal(got, swapped(sent));
});

test("the provider's answer reaches the client byte for byte", async () => {
  const { mock } = gateway.mocks;
  const script = { pad_bytes: 7 };
  const body = JSON.stringify({ model: "m1", messages: says("数字", script) });
  const init = { method: "POST", headers: { "content-type": "application/json", authorization: "Bearer sk-gateway-key" }, body };
  const direct = await (await fetch(`${mock.baseURL}/chat/completions`, init)).text();
  const through = await (await fetch(`${gateway.baseURL}/chat/completions`, { ...init, body: body.replace('"m1"', '"mock/m1"') })).text();
  // The mock counts tokens by the size of the body, which is the same again at the provider.
  assert.equal(through, direct);
});

test("a relayed stream equals the provider's byte for byte", async () => {
  const { mock } = gateway.mocks;
  const script = { events: 300, chunk_bytes: 40, write_size: 333 };
  const body = JSON.stringify({ model: "m1", stream: true, messages: says("go", script) });
  const init = { method: "POST", headers: { "content-type": "application/json", authorization: "Bearer sk-gateway-key" }, body };
  const direct = await (await fetch(`${mock.baseURL}/chat/completions`, init)).text();
  const through = await (await fetch(`${gateway.baseURL}/chat/completions`, { ...init, body: body.replace('"m1"', '"mock/m1"') })).text();
  assert.equal(through, direct);
});

describe("with params in the configuration", () => {
  const params = {
    global: { temperature: 0.5, top_p: 0.9, stop: ["END"] },
    models: { "mock/m1": { max_completion_tokens: 77, seed: 42, metadata: { gateway: "yes" } } },
  };
  before(() => gateway.setConfig((mocks) => configOf(mocks, { params })));
  after(() => gateway.setConfig((mocks) => configOf(mocks)));

  test("global ones are defaults: the client's value wins", async () => {
    const { got } = await passed({ messages: says("hello"), temperature: 1.5 });
    const body = JSON.parse(got);
    assert.equal(body.temperature, 1.5);
    assert.equal(body.top_p, 0.9);
    assert.deepEqual(body.stop, ["END"]);
  });

  test("those of the model are forced: they win over the client's", async () => {
    const { got } = await passed({ messages: says("hello"), max_completion_tokens: 5, seed: 1, extra: "kept" });
    const body = JSON.parse(got);
    assert.equal(body.max_completion_tokens, 77);
    assert.equal(body.seed, 42);
    assert.equal(body.extra, "kept");
    assert.equal(body.metadata.gateway, "yes");
    for (const name of ["max_completion_tokens", "seed", "model"])
      assert.equal(got.split(`"${name}":`).length, 2, `${name} stands once`);
  });

  test("another model gets the global ones only", async () => {
    const { got } = await passed({ model: "mock/m2", messages: says("hello") });
    const body = JSON.parse(got);
    assert.equal(body.model, "m2");
    assert.equal(body.temperature, 0.5);
    assert.equal("seed" in body, false);
  });
});
