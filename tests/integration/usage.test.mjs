// Whose numbers are in the record: for each way in which providers report usage, or do not, in whole answers and in streams.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import test, { after, before, describe } from "node:test";

import { Gateway, chatFetch, eventsOf, tireless, until } from "./lib/world.mjs";

const message = (content) => ({ index: 0, message: { role: "assistant", content }, finish_reason: "stop" });
const delta = (content) => ({ id: "c", object: "chat.completion.chunk", created: 1, model: "m", choices: [{ index: 0, delta: { content }, finish_reason: null }] });
const finish = { id: "c", object: "chat.completion.chunk", created: 1, model: "m", choices: [{ index: 0, delta: {}, finish_reason: "stop" }] };
const openaiUsage = {
  prompt_tokens: 11, completion_tokens: 7, total_tokens: 18,
  prompt_tokens_details: { cached_tokens: 4, audio_tokens: 1 },
  completion_tokens_details: { reasoning_tokens: 3, audio_tokens: 2, accepted_prediction_tokens: 1, rejected_prediction_tokens: 1 },
};
const words = ["Hello", " brave", " new", " world"];
const whole = (usage, more = {}) => ({ whole: { id: "c", object: "chat.completion", created: 1, model: "m", choices: [message(words.join(""))], ...(usage && { usage }), ...more } });
const stream = (...behind) => ({ events: [...words.map(delta), finish, ...behind] });
const onlyUsage = (usage) => ({ id: "c", object: "chat.completion.chunk", created: 1, model: "m", choices: [], usage });
const upstream = (prompt, completion, details = {}) => ({ prompt: [prompt, "UPSTREAM"], completion: [completion, "UPSTREAM"], details });

// "Hello brave new world" is 4 tokens of o200k_base; a prompt of one user message "hi" 3 + 1 + 1 + 3.
const counted = { prompt: [8, "LOCAL"], completion: [4, "LOCAL"] };
const reports = {
  "openai, whole": [whole(openaiUsage), upstream(11, 7, { cached: 4, reasoning: 3, audioInput: 1, audioOutput: 2, acceptedPrediction: 1, rejectedPrediction: 1 })],
  "openai, chunk behind the last": [stream(onlyUsage(openaiUsage)), upstream(11, 7, { cached: 4, reasoning: 3, audioInput: 1, audioOutput: 2, acceptedPrediction: 1, rejectedPrediction: 1 })],
  "on the chunk with the finish reason": [{ events: [...words.map(delta), { ...finish, usage: { prompt_tokens: 5, completion_tokens: 6 } }] }, upstream(5, 6)],
  "on every chunk, cumulative (vLLM, Gemini)": [
    { events: [...words.map((word, i) => ({ ...delta(word), usage: { prompt_tokens: 9, completion_tokens: i + 1, total_tokens: 10 + i } })), finish] },
    upstream(9, 4),
  ],
  "anthropic style, whole": [whole({ input_tokens: 10, output_tokens: 20, cache_read_input_tokens: 30, cache_creation_input_tokens: 5 }), upstream(45, 20, { cached: 30, cacheWrite: 5 })],
  "anthropic style, split over a stream": [
    { events: [{ ...delta(words[0]), message: { usage: { input_tokens: 10, cache_read_input_tokens: 2, output_tokens: 1 } } }, ...words.slice(1).map(delta), { ...finish, usage: { output_tokens: 20 } }] },
    upstream(12, 20, { cached: 2 }),
  ],
  "deepseek: cache hits and misses": [
    whole({ prompt_tokens: 15, completion_tokens: 8, total_tokens: 23, prompt_cache_hit_tokens: 10, prompt_cache_miss_tokens: 5, completion_tokens_details: { reasoning_tokens: 2 } }),
    upstream(15, 8, { cached: 10, reasoning: 2 }),
  ],
  "kimi: inside the choice": [
    { events: [...words.map(delta), { ...finish, choices: [{ ...finish.choices[0], usage: { prompt_tokens: 19, completion_tokens: 13, cached_tokens: 6 } }] }] },
    upstream(19, 13, { cached: 6 }),
  ],
  "qwen: input and output tokens": [stream(onlyUsage({ input_tokens: 21, output_tokens: 22, total_tokens: 43, prompt_tokens_details: { cached_tokens: 8 } })), upstream(21, 22, { cached: 8 })],
  "groq: x_groq": [{ events: [...words.map(delta), { ...finish, x_groq: { usage: { prompt_tokens: 3, completion_tokens: 2 } } }] }, upstream(3, 2)],
  "responses style, incomplete": [{ events: [...words.map(delta), { ...finish, response: { usage: { input_tokens: 31, output_tokens: 32, output_tokens_details: { reasoning_tokens: 30 } } } }] }, upstream(31, 32, { reasoning: 30 })],
  "gemini: reasoning only in the total": [whole({ prompt_tokens: 10, completion_tokens: 5, total_tokens: 40 }), upstream(10, 30, { reasoning: 25 })],
  "zero is zero": [whole({ prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }), upstream(0, 0)],
  "usage null": [whole(null), counted],
  "no usage, whole": [whole(undefined), counted],
  "no usage, stream": [stream(), counted],
  "nonsense": [whole({ prompt_tokens: -3, completion_tokens: "many" }), counted],
  "half a report": [whole({ prompt_tokens: 12 }), { prompt: [12, "UPSTREAM"], completion: [4, "LOCAL"] }],
};

// Answers as `reports` says for the model that is asked; unless `refuses`, it takes stream_options.
async function provider() {
  const seen = [];
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const piece of request) text += piece;
    const body = JSON.parse(text);
    seen.push(body);
    const name = decodeURIComponent(body.model.replace(/^gpt-4o-/, ""));
    if (name === "refuses usage" && body.stream_options) {
      response.writeHead(400, { "content-type": "application/json" });
      return response.end(JSON.stringify({ error: { message: "Extra inputs are not permitted: stream_options", type: "invalid_request_error" } }));
    }
    const [says] = reports[name] ?? [name === "refuses usage" ? stream() : whole(openaiUsage)];
    if (says.events || body.stream) {
      response.writeHead(200, { "content-type": "text/event-stream" });
      for (const event of says.events ?? stream().events) response.write(`data: ${JSON.stringify(event)}\n\n`);
      if (name === "endless") return; // the client will leave
      return response.end("data: [DONE]\n\n");
    }
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify(says.whole));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { seen, baseURL: `http://127.0.0.1:${server.address().port}/v1`, close: () => (server.closeAllConnections(), server.close()) };
}

describe("the record of a request", () => {
  let upstreamServer, gateway;
  const model = (name) => `lab/gpt-4o-${encodeURIComponent(name)}`;
  before(async () => {
    upstreamServer = await provider();
    gateway = new Gateway({
      mocks: [],
      config: {
        ...tireless,
        providers: [{ id: "lab", protocol: "openai", base_url: upstreamServer.baseURL, api_key: "sk-upstream-0001" }],
        tiers: { t1: { models: ["lab/gpt-4o-x"] }, t2: { models: ["lab/gpt-4o-x"] }, t3: { models: ["lab/gpt-4o-dear"] } },
        router: { mode: "keyword", default_tier: "t1" },
        models: [
          { id: model("openai, whole"), price: { input: 2, output: 10, cached_input: 1, audio_input: 2, audio_output: 10 } },
          { id: "lab/gpt-4o-dear", price: { input: 20, output: 100 } },
          { id: "lab/nobodys-model" },
        ],
      },
    });
    await gateway.start();
  });
  after(async () => {
    await gateway?.stop();
    upstreamServer?.close();
  });

  const recordOf = (id) =>
    until(`the record of ${id}`, async () => {
      const { records = [] } = await gateway.control.call("LogService/ListRecords", { pageSize: 10, filter: { requestId: id } });
      return records.length === 1 && records[0];
    });
  let serial = 0;
  async function recorded(fields) {
    const id = `usage-${++serial}`;
    const answer = await chatFetch(gateway.baseURL, fields, { headers: { "x-request-id": id } });
    const text = await answer.text();
    assert.equal(answer.status, 200, text);
    return { text, record: await recordOf(id) };
  }
  const count = (amount) => amount && [Number(amount.count ?? 0), amount.source.replace("SOURCE_", "")];

  for (const [name, [says, expected]] of Object.entries(reports)) {
    test(`says whose numbers they are: ${name}`, async () => {
      const { record, text } = await recorded({ model: model(name), stream: !!says.events });
      assert.deepEqual(count(record.promptTokens), expected.prompt, JSON.stringify(record));
      assert.deepEqual(count(record.completionTokens), expected.completion, JSON.stringify(record));
      for (const [detail, wanted] of Object.entries(expected.details ?? {})) assert.equal(Number(record.tokenDetails?.[detail] ?? 0), wanted, detail);
      if (!says.events) return;
      // Asked upstream, taken out again: the client did not ask.
      assert.deepEqual(upstreamServer.seen.at(-1).stream_options, { include_usage: true });
      assert.equal(eventsOf(text).some((data) => data !== "[DONE]" && JSON.parse(data).choices.length === 0), false, text);
    });
  }

  test("a client that asks for usage gets it", async () => {
    const { text } = await recorded({ model: model("openai, chunk behind the last"), stream: true, stream_options: { include_usage: true } });
    assert.deepEqual(JSON.parse(eventsOf(text).at(-2)).usage, openaiUsage);
  });

  test("a provider that refuses to report usage is not asked twice", async () => {
    const first = await recorded({ model: model("refuses usage"), stream: true });
    assert.deepEqual([count(first.record.promptTokens), count(first.record.completionTokens)], [counted.prompt, counted.completion]);
    assert.deepEqual(upstreamServer.seen.slice(-2).map(({ stream_options }) => !!stream_options), [true, false]);
    await recorded({ model: model("refuses usage"), stream: true });
    assert.equal(upstreamServer.seen.at(-1).stream_options, undefined);
  });

  test("a model with a tokenizer of its own is estimated, and says so", async () => {
    const { record } = await recorded({ model: "lab/qwen3-max", stream: true });
    assert.equal(record.promptTokens.source, "SOURCE_ESTIMATE");
    assert.equal(record.completionTokens.source, "SOURCE_ESTIMATE");
    assert.ok(Number(record.completionTokens.count) > 0);
  });

  test("what it cost, by which price, and what T3 would have cost", async () => {
    const { record } = await recorded({ model: model("openai, whole") });
    // (11 - 4) at 2, 4 cached at 1, 7 at 10 dollars a million; the dear one takes 20 and 100.
    assert.equal(Number(record.cost.nanoUsd), 7 * 2000 + 4 * 1000 + 7 * 10000);
    assert.equal(Number(record.cost.t3NanoUsd), 11 * 20000 + 7 * 100000);
    assert.equal(record.cost.price.source, "config");
    assert.equal(record.cost.t3Model, "lab/gpt-4o-dear");
  });

  test("an unknown price is unknown, not zero", async () => {
    const { record } = await recorded({ model: "lab/nobodys-model" });
    assert.equal(record.cost?.nanoUsd, undefined);
    assert.equal(record.promptTokens.source, "SOURCE_UPSTREAM");
  });

  test("a stream whose client left counts what had come", async () => {
    const id = "usage-left";
    const left = new AbortController();
    const answer = await chatFetch(gateway.baseURL, { model: model("endless"), stream: true }, { headers: { "x-request-id": id }, signal: left.signal });
    const reader = answer.body.getReader();
    let seen = "";
    while (!seen.includes("world")) seen += Buffer.from((await reader.read()).value).toString();
    left.abort();
    const record = await recordOf(id);
    assert.deepEqual([count(record.promptTokens), count(record.completionTokens)], [counted.prompt, counted.completion], JSON.stringify(record));
  });

  test("the answer of a stream is kept as the message it spelled", async () => {
    const { record } = await recorded({ model: model("no usage, stream"), stream: true });
    const { record: full } = await gateway.control.call("LogService/GetRecord", { recordId: record.recordId });
    const body = JSON.parse(Buffer.from(full.responseBody, "base64").toString());
    assert.equal(body.object, "chat.completion");
    assert.equal(body.choices[0].message.content, words.join(""));
    assert.equal(body.choices[0].finish_reason, "stop");
    assert.equal(JSON.parse(Buffer.from(full.requestBody, "base64").toString()).messages[0].content, "hi");
  });
});
