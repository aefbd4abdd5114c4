// Whose numbers are in the record where an answer does not go as planned: long ones, broken ones, clients that leave, providers that will not say.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import test, { after, before, describe } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { Gateway, chatFetch, eventsOf, tireless, until } from "./lib/world.mjs";

const usage = { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 };
const delta = (content, more = {}) => ({ id: "c", object: "chat.completion.chunk", created: 1, model: "m", choices: [{ index: 0, delta: { content }, finish_reason: null }], ...more });
const finish = { id: "c", object: "chat.completion.chunk", created: 1, model: "m", choices: [{ index: 0, delta: {}, finish_reason: "stop" }] };
const onlyUsage = { id: "c", object: "chat.completion.chunk", created: 1, model: "m", choices: [], usage };
const whole = (content) => ({ id: "c", object: "chat.completion", created: 1, model: "m-2026", choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "length" }], usage });
const words = ["Hello", " brave", " new", " world"];   // 4 tokens of o200k_base
const spoken = words.map((word) => delta(word));
const long = "word ".repeat(60_000);                   // beyond what is held back
const longer = "word ".repeat(600_000);                // beyond what is kept

const send = (response, events) => {
  if (!response.headersSent) response.writeHead(200, { "content-type": "text/event-stream" });
  for (const event of events) response.write(`data: ${JSON.stringify(event)}\n\n`);
};
const done = (response) => response.end("data: [DONE]\n\n");
const refuse = (response, message) => {
  response.writeHead(400, { "content-type": "application/json" });
  response.end(JSON.stringify({ error: { message, type: "invalid_request_error" } }));
};
const json = (response, value) => {
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify(value));
};
const behaviours = {
  long: (_, response) => json(response, whole(long)),
  longer: (_, response) => json(response, whole(longer)),
  short: (_, response) => json(response, whole("hi")),
  reports: (_, response) => (send(response, [...spoken, finish, onlyUsage]), done(response)),
  withholds: (_, response) => (send(response, [...spoken, finish]), done(response)),
  picky: (body, response) => {
    if (body.stream_options?.bogus) return refuse(response, "Unknown parameter: 'stream_options.bogus'");
    behaviours.reports(body, response);
  },
  late: async (_, response) => {
    send(response, [...spoken, finish]);
    await sleep(100);
    send(response, [onlyUsage]);
    done(response);
  },
  breaks: async (_, response) => {
    send(response, spoken);
    await sleep(50);
    response.destroy();
  },
  refuses: (_, response) => refuse(response, "no such thing"),
  huge: (_, response) => (send(response, [...spoken, delta("x".repeat(100_000)), finish]), done(response)),
};

async function provider() {
  const seen = [];
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const piece of request) text += piece;
    const body = JSON.parse(text);
    seen.push(body);
    response.on("error", () => {});
    await behaviours[body.model.replace("gpt-4o-", "")](body, response);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { seen, baseURL: `http://127.0.0.1:${server.address().port}/v1`, close: () => (server.closeAllConnections(), server.close()) };
}

describe("the record of a request that does not go as planned", () => {
  let upstream, gateway;
  const loud = "sk-gateway-loud-000000000001", quiet = "sk-gateway-quiet-00000000001";
  before(async () => {
    upstream = await provider();
    const price = { input: 2, output: 10 };
    gateway = new Gateway({
      mocks: [],
      config: {
        ...tireless,
        gateway: { keys: [{ key: loud, name: "loud" }, { key: quiet, name: "quiet", log_bodies: false }] },
        providers: [{ id: "lab", protocol: "openai", base_url: upstream.baseURL, api_key: "sk-upstream-0001" }],
        tiers: {
          t1: { models: ["lab/gpt-4o-breaks", "lab/gpt-4o-refuses"], on_break: "restart", max_attempts: 2, strategy: "sequential" },
          t2: { models: ["lab/gpt-4o-breaks", "lab/gpt-4o-reports"], on_break: "restart", max_attempts: 2, strategy: "sequential" },
          t3: { models: ["lab/gpt-4o-short"] },
        },
        router: { mode: "keyword", default_tier: "t1" },
        models: Object.keys(behaviours).map((name) => ({ id: `lab/gpt-4o-${name}`, price })),
      },
    });
    await gateway.start();
  });
  after(async () => {
    await gateway?.stop();
    upstream?.close();
  });

  const recordOf = (id) =>
    until(`the record of ${id}`, async () => {
      const { records = [] } = await gateway.control.call("LogService/ListRecords", { pageSize: 10, filter: { requestId: id } });
      return records.length === 1 && records[0];
    });
  let serial = 0;
  async function recorded(fields, { key = loud, signal, read = (answer) => answer.text() } = {}) {
    const id = `edge-${++serial}`;
    const model = fields.model?.includes("/") || /^t\d$/.test(fields.model ?? "") ? fields.model : `lab/gpt-4o-${fields.model}`;
    const answer = await chatFetch(gateway.baseURL, { ...fields, model }, { headers: { "x-request-id": id, authorization: `Bearer ${key}` }, signal });
    const text = await read(answer).catch((error) => String(error));
    return { status: answer.status, text, record: await recordOf(id) };
  }
  const count = (amount) => amount && [Number(amount.count ?? 0), amount.source.replace("SOURCE_", "")];
  const counts = ({ record }) => [count(record.promptTokens), count(record.completionTokens)];
  const reported = [[11, "UPSTREAM"], [7, "UPSTREAM"]];
  const local = [[8, "LOCAL"], [4, "LOCAL"]];

  for (const name of ["long", "longer", "short"])
    for (const key of [loud, quiet])
      test(`usage of an answer is read however long it is: ${name}, ${key === loud ? "logged" : "not logged"}`, async () => {
        const got = await recorded({ model: name }, { key });
        assert.deepEqual(counts(got), reported, JSON.stringify(got.record).slice(0, 2000));
        assert.equal(got.record.keyName, key === loud ? "loud" : "quiet");
        if (name === "longer") return;
        assert.equal(got.record.finishReason, "length");
        assert.equal(got.record.answeredAs, "m-2026");
        const { record: full } = await gateway.control.call("LogService/GetRecord", { recordId: got.record.recordId });
        if (key === quiet) return assert.equal(full.responseBody ?? "", "");
        assert.deepEqual(JSON.parse(Buffer.from(full.responseBody, "base64")), whole(name === "long" ? long : "hi"));
        assert.equal(JSON.parse(Buffer.from(full.requestBody, "base64")).messages[0].content, "hi");
      });

  test("a client that leaves with the last word is charged what the provider says behind it", async () => {
    const left = new AbortController();
    const got = await recorded({ model: "late", stream: true }, {
      signal: left.signal,
      read: async (answer) => {
        let seen = "";
        for await (const piece of answer.body) if ((seen += Buffer.from(piece)).includes('"stop"')) left.abort();
      },
    });
    assert.deepEqual(counts(got), reported, JSON.stringify(got.record));
    assert.equal(got.record.errorKind, "client_gone");
  });

  test("a stream that breaks and that nobody takes up is the answer, counted once", async () => {
    const got = await recorded({ model: "t1", stream: true });
    assert.deepEqual(counts(got), local, JSON.stringify(got.record));
    assert.equal(got.record.model, "lab/gpt-4o-breaks");
    assert.equal(Number(got.record.cost.nanoUsd), 8 * 2000 + 4 * 10000);
    assert.equal(Number(got.record.cost.thrownAwayNanoUsd ?? 0), 0);
    const { record: full } = await gateway.control.call("LogService/GetRecord", { recordId: got.record.recordId });
    assert.equal(JSON.parse(Buffer.from(full.responseBody, "base64")).choices[0].message.content, words.join(""));
  });

  test("a stream that breaks and begins anew elsewhere was for nothing, and the new one counts", async () => {
    const got = await recorded({ model: "t2", stream: true });
    assert.deepEqual(counts(got), reported, JSON.stringify(got.record));
    assert.equal(got.record.model, "lab/gpt-4o-reports");
    const thrown = Number(got.record.cost.thrownAwayNanoUsd);
    assert.ok(thrown > 4 * 10000, `${thrown}`);
    assert.equal(Number(got.record.cost.nanoUsd), 11 * 2000 + 7 * 10000 + thrown);
  });

  test("a refusal of the client's own options does not keep others from being counted", async () => {
    const refused = await recorded({ model: "picky", stream: true, stream_options: { bogus: 1 } });
    assert.equal(refused.status, 400);
    const got = await recorded({ model: "picky", stream: true });
    assert.deepEqual(counts(got), reported);
    assert.deepEqual(upstream.seen.at(-1).stream_options, { include_usage: true });
  });

  test("options that are spelled with escapes are kept, and replaced only once", async () => {
    const id = "edge-escaped";
    const body = '{"model":"lab/gpt-4o-picky","stream":true,"messages":[{"role":"user","content":"hi"}],"stream\\u005foptions":{"include\\u005fusage":false,"a":1}}';
    const answer = await fetch(`${gateway.baseURL}/chat/completions`, { method: "POST", headers: { "content-type": "application/json", "x-request-id": id, authorization: `Bearer ${loud}` }, body });
    const text = await answer.text();
    assert.equal(eventsOf(text).some((data) => data.includes("usage")), false, text);
    assert.deepEqual(upstream.seen.at(-1).stream_options, { include_usage: true, a: 1 });
    assert.deepEqual(counts({ record: await recordOf(id) }), reported);
  });

  test("text that nobody could read along is not counted exactly", async () => {
    const { record } = await recorded({ model: "huge", stream: true });
    assert.equal(record.completionTokens.source, "SOURCE_ESTIMATE", JSON.stringify(record));
  });

  test("of a provider that withholds usage the next request is counted, though nothing is logged", async () => {
    await recorded({ model: "withholds", stream: true }, { key: quiet });
    assert.deepEqual(counts(await recorded({ model: "withholds", stream: true }, { key: quiet })), local);
  });

  test("a request that is refused before its body is read says whose it was, and nothing of another's", async () => {
    await recorded({ model: "short" });
    const id = "edge-refused";
    const answer = await fetch(`${gateway.baseURL}/chat/completions`, {
      method: "POST", headers: { "content-type": "text/plain", "x-request-id": id, authorization: `Bearer ${loud}` }, body: "hello",
    });
    assert.equal(answer.status, 415);
    await answer.text();
    const record = await recordOf(id);
    assert.equal(record.keyName, "loud");
    for (const field of ["promptTokens", "completionTokens", "preview", "finishReason", "answeredAs", "category"]) assert.ok(!record[field], `${field}: ${JSON.stringify(record)}`);
    const { record: full } = await gateway.control.call("LogService/GetRecord", { recordId: record.recordId });
    assert.equal((full.requestBody ?? "") + (full.responseBody ?? ""), "");
  });
});
