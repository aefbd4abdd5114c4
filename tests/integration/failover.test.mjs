// What the gateway does when a model refuses, fails, says nothing, or breaks off: who is asked next, what is waited for, what the client
// and the records are told. The providers are scripted, so that each test says what comes and when.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import test, { after, describe } from "node:test";

import { RawClient, chat } from "./lib/raw.mjs";
import { canonical, chatFetch, eventsOf, metricsOf, tireless, until, useGateway } from "./lib/world.mjs";

const key = "sk-upstream-0123456789abcdef";

// A provider that does for each model what `acts[model]` says: a function of (response, {nth, stream, body}), nth counted from 1.
const acts = {};
const log = {}; // model -> [{at, stream, body}]
const server = createServer({ noDelay: true }, async (request, response) => {
  let text = "";
  for await (const part of request) text += part;
  const body = JSON.parse(text);
  const seen = (log[body.model] ??= []);
  seen.push({ at: performance.now(), body, response });
  await acts[body.model](response, { nth: seen.length, stream: body.stream === true, body });
});
const attempts = (id) => (log[id.slice("up/".length)] ?? []).length;

// Models of one test: what is known of a model outlives a configuration.
let serial = 0;
const model = (act) => {
  const name = `m${++serial}`;
  acts[name] = act;
  return `up/${name}`;
};

const delta = (content, finish = null) =>
  `data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", created: 1, model: "x", choices: [{ index: 0, delta: content === null ? {} : { content }, finish_reason: finish }] })}\n\n`;
const done = "data: [DONE]\n\n";
const json = (response, status, body, headers = {}) => response.writeHead(status, { "content-type": "application/json", ...headers }).end(typeof body === "string" ? body : JSON.stringify(body));
const begin = (response) => response.writeHead(200, { "content-type": "text/event-stream" });

// Acts.
const says = (text, finish = "stop") => (response, { stream }) => {
  if (stream) return begin(response).end(text.split(/(?<= )/).map((word) => delta(word)).join("") + delta(null, finish) + done);
  return json(response, 200, { id: "c", object: "chat.completion", created: 1, model: "x", choices: [{ index: 0, message: { role: "assistant", content: text }, finish_reason: finish }], usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 } });
};
const good = (text = "all is well") => model(says(text));
const refuses = (status, error, headers = {}) => (response) => json(response, status, { error: { message: "no", type: "invalid_request_error", param: null, code: null, ...error } }, headers);
const fails = (status, headers = {}) => refuses(status, {}, headers);
// A stream that breaks behind its first words, once the client has them: what breaks sooner is no broken stream. A client of a buffered
// answer never has them (`unseen`).
let received = ""; // by the last ask()
const breaks = (how = (response) => response.destroy(), { unseen = false } = {}) => async (response) => {
  const heard = () => received.split('"beginning "').length;
  const before = heard();
  await new Promise((sent) => begin(response).write(delta("broken ") + delta("beginning "), sent));
  if (!unseen) await until("the client has the first words", () => heard() > before, 5_000);
  how(response);
};
const tooLong = refuses(400, { message: "This model's maximum context length is 1000 tokens.", code: "context_length_exceeded", param: "messages" });

const configOf = (tiers, more = {}) => ({
  providers: [{ id: "up", base_url: `http://127.0.0.1:${server.address().port}/v1`, api_key: key }],
  tiers,
  router: { mode: "keyword", default_tier: "t1" },
  ...tireless,
  ...more,
});
const gateway = useGateway({
  mocks: [],
  config: async () => {
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    return configOf({ t1: { models: [good()] } });
  },
});
after(() => {
  server.closeAllConnections();
  server.close();
});
const serve = (t1, more) => gateway.setConfig(configOf({ t1: Array.isArray(t1) ? { models: t1 } : t1 }, more));

let requests = 0;
async function ask(fields = {}, headers = {}) {
  const id = `failover-${++requests}`;
  received = "";
  const response = await chatFetch(gateway.baseURL, { model: "t1", ...fields }, { headers: { "x-request-id": id, ...headers } });
  const parts = [];
  let whole = true;
  try {
    for await (const part of response.body) {
      parts.push(part);
      received += Buffer.from(part).toString("latin1");
    }
  } catch {
    whole = false;
  }
  const text = Buffer.concat(parts).toString();
  const header = (name) => response.headers.get(name);
  const answer = { id, status: response.status, text, whole, header, heads: [...response.headers].join("\n"), model: header("x-smartroute-model"), attempts: Number(header("x-smartroute-attempts")) };
  if (!text.startsWith("{")) answer.content = contentOf(text);
  else answer.content = JSON.parse(text).choices?.[0].message.content;
  return answer;
}
const chunksOf = (text) => eventsOf(text.replaceAll(/^:\n/gm, "")).filter((data) => data !== "[DONE]").map((data) => JSON.parse(data));
const contentOf = (text) => chunksOf(text).map((chunk) => chunk.choices?.[0]?.delta.content ?? "").join("");
const recordOf = ({ id }) =>
  until(`the record of ${id}`, async () => {
    const { records = [] } = await gateway.control.call("LogService/ListRecords", { pageSize: 200 });
    return records.find(({ requestId }) => requestId === id);
  });
const outcomes = async (answer) => ((await recordOf(answer)).attempts ?? []).map(({ model, outcome }) => `${model} ${outcome}`);
const counted = async (name) => (await metricsOf(gateway.proxy.ready.proxy_ops)).value(name);
const both = [false, true];

function expectServed(answer, by, text, count, what) {
  assert.deepEqual([answer.status, answer.model, answer.content, answer.attempts, answer.whole], [200, by, text, count, true], `${what}: ${answer.text.slice(0, 300)}`);
}
// A stream that broke: what came, one error event, no [DONE], no good end.
function expectBroken(answer, words, what) {
  assert.deepEqual([answer.status, answer.whole], [200, false], what);
  assert.doesNotMatch(answer.text, /\[DONE\]/, what);
  const chunks = chunksOf(answer.text);
  assert.equal(chunks.filter(({ error }) => error).length, 1, `${what}: ${answer.text}`);
  assert.ok(chunks.at(-1).error, `${what}: the error is the last word`);
  assert.equal(answer.content, words, what);
  return chunks.at(-1).error;
}

describe("an error in the words of a success", () => {
  const words = "Rate limit exceeded, try again later";
  for (const stream of both) {
    const what = `stream ${stream}`;
    test(`is not passed on, the next one answers (${what})`, async () => {
      const [sorry, well] = [model(says(words)), good()];
      await serve([sorry, well]);
      const answer = await ask({ stream });
      expectServed(answer, well, "all is well", 2, what);
      assert.deepEqual(await outcomes(answer), [`${sorry} error_keyword`, `${well} answered`]);
      assert.doesNotMatch(answer.text, /Rate limit/);
    });
    test(`is an answer when the user spoke of it (${what})`, async () => {
      const [sorry, well] = [model(says(words)), good()];
      await serve([sorry, well]);
      const messages = [{ role: "user", content: "Write the shortest message for a client that hit its rate limit and shall try again." }];
      expectServed(await ask({ stream, messages }), sorry, words, 1, what);
    });
    test(`is an answer when it is long (${what})`, async () => {
      const long = `${words}. ${"That is what such a server says when it has had enough. ".repeat(12)}`;
      const [sorry, well] = [model(says(long)), good()];
      await serve([sorry, well]);
      expectServed(await ask({ stream }), sorry, long, 1, what);
    });
  }
});

describe("an empty answer", () => {
  for (const stream of both) {
    const what = `stream ${stream}`;
    test(`is replaced by the next one's (${what})`, async () => {
      const [empty, well] = [model(says("")), good()];
      await serve([empty, well]);
      const answer = await ask({ stream });
      expectServed(answer, well, "all is well", 2, what);
      assert.deepEqual(await outcomes(answer), [`${empty} empty_answer`, `${well} answered`]);
    });
    test(`is one when no room was left for more (${what})`, async () => {
      const [empty, well] = [model(says("", "length")), good()];
      await serve([empty, well]);
      expectServed(await ask({ stream }), empty, "", 1, what);
    });
    test(`is one when the configuration says so (${what})`, async () => {
      const [empty, well] = [model(says("")), good()];
      await serve([empty, well], { retry: { ...tireless.retry, retry_on_empty: false } });
      expectServed(await ask({ stream }), empty, "", 1, what);
    });
  }
});

describe("a prompt that is too long for a model", () => {
  const windows = (list) => Object.entries(list).map(([id, context_window]) => ({ id, context_window }));
  for (const stream of both) {
    const what = `stream ${stream}`;
    test(`goes to one with a larger window, past those with the same (${what})`, async () => {
      const [small, same, large] = [model(tooLong), model(tooLong), good()];
      await serve([small, same, large], { models: windows({ [small]: 1000, [same]: 1000, [large]: 100_000 }) });
      const answer = await ask({ stream });
      expectServed(answer, large, "all is well", 2, what);
      assert.equal(attempts(same), 0);
      assert.deepEqual(await outcomes(answer), [`${small} context_length`, `${large} answered`]);
    });
    test(`goes to a tier above when its own has none (${what})`, async () => {
      const [small, same, large] = [model(tooLong), model(tooLong), good()];
      await gateway.setConfig(configOf({ t1: { models: [small] }, t2: { models: [same] }, t3: { models: [large] } }, { models: windows({ [small]: 1000, [same]: 1000, [large]: 100_000 }) }));
      expectServed(await ask({ stream }), large, "all is well", 2, what);
      assert.equal(attempts(same), 0);
    });
    test(`is refused in the provider's words when there is none (${what})`, async () => {
      const own = '{ "error" : {"message":"This model\'s maximum context length is 1000 tokens.","code":"context_length_exceeded","extra":[1,2.0]}}';
      const [small, same] = [model((response) => json(response, 400, own)), good()];
      await serve([small, same], { models: windows({ [small]: 1000, [same]: 1000 }) });
      const answer = await ask({ stream });
      assert.deepEqual([answer.status, answer.text, answer.attempts], [400, own, 1], what);
      assert.equal(attempts(same), 0);
      assert.equal((await recordOf(answer)).ending, "upstream_passed");
    });
  }
});

describe("a refusal for what the prompt says", () => {
  const policy = (message) => refuses(400, { message, code: "content_policy_violation" });
  for (const stream of both) {
    const what = `stream ${stream}`;
    test(`is final by default (${what})`, async () => {
      const [strict, lax] = [model(policy("not that")), good()];
      await serve([strict, lax]);
      const answer = await ask({ stream });
      assert.deepEqual([answer.status, JSON.parse(answer.text).error.message, answer.attempts, attempts(lax)], [400, "not that", 1, 0], what);
      assert.deepEqual(await outcomes(answer), [`${strict} content_policy`]);
    });
    test(`goes on where the configuration wants it (${what})`, async () => {
      const retry = { ...tireless.retry, on_content_policy: true };
      const [strict, lax] = [model(policy("not that")), good()];
      await serve([strict, lax], { retry });
      expectServed(await ask({ stream }), lax, "all is well", 2, what);
      const [first, second] = [model(policy("not that")), model(policy("nor here"))];
      await serve([first, second], { retry });
      const refused = await ask({ stream });
      assert.deepEqual([refused.status, JSON.parse(refused.text).error.message, refused.attempts], [400, "nor here", 2], what);
    });
  }
});

describe("a status of the client's kind", () => {
  for (const stream of both) {
    const what = `stream ${stream}`;
    test(`is final unless it is configured (${what})`, async () => {
      const [picky, well] = [model(refuses(422, { message: "no such parameter" })), good()];
      await serve([picky, well]);
      const final = await ask({ stream });
      assert.deepEqual([final.status, JSON.parse(final.text).error.message, final.attempts, attempts(well)], [422, "no such parameter", 1, 0]);
      const retry = { ...tireless.retry, status_codes: [500, 422] };
      await serve([picky, well], { retry });
      expectServed(await ask({ stream }), well, "all is well", 2, what);
      const other = model(refuses(422, { message: "nor here" }));
      await serve([picky, other], { retry });
      const refused = await ask({ stream });
      assert.deepEqual([refused.status, JSON.parse(refused.text).error.message, refused.attempts], [422, "nor here", 2], "the last one's words");
    });
    for (const status of [401, 402, 403])
      test(`${status} is about the gateway's own account and never the client's (${what})`, async () => {
        const [broke, well] = [model(refuses(status, { message: "account org-of-the-owner is suspended" })), good()];
        await serve([broke, well]);
        expectServed(await ask({ stream }), well, "all is well", 2, what);
        await serve([broke]);
        const alone = await ask({ stream });
        assert.deepEqual([alone.status, JSON.parse(alone.text).error.code, alone.header("x-should-retry")], [502, "upstream_credentials_exhausted", "false"]);
        assert.doesNotMatch(alone.text, /org-of-the-owner/);
      });
    test(`404 of a provider is no word about the others (${what})`, async () => {
      const [unknown, well] = [model(refuses(404, { message: "no such model" })), good()];
      await serve([unknown, well]);
      expectServed(await ask({ stream }), well, "all is well", 2, what);
      await serve([unknown]);
      const alone = await ask({ stream });
      assert.deepEqual([alone.status, JSON.parse(alone.text).error.message], [404, "no such model"], what);
    });
  }
});

describe("a provider's key in a provider's words reaches neither a client nor a record", () => {
  const leak = `Incorrect API key provided: ${key}. You can find yours at https://example.com`;
  const event = `data: ${JSON.stringify({ error: { message: leak } })}\n\n`;
  const leaks = {
    "400, which is passed on": refuses(400, { message: leak }),
    "401": refuses(401, { message: leak }),
    "500": refuses(500, { message: leak }),
    "no JSON": (response) => json(response, 400, leak),
    "an error in a 200": (response) => json(response, 200, { error: { message: leak } }),
    "a prompt too long, in a 200": (response) => json(response, 200, { error: { message: leak, code: "context_length_exceeded" } }),
    "an error event first": (response) => begin(response).end(event),
    "an error event that is passed on": (response) => begin(response).end(`data: ${JSON.stringify({ error: { message: leak, code: "context_length_exceeded" } })}\n\n`),
    "an error event behind the first words": (response, seen) => (seen.stream ? breaks((response) => response.end(event))(response) : fails(500)(response)),
  };
  // Alone and before one that is well.
  async function askAll(leaks) {
    const asked = [];
    for (const [name, act] of Object.entries(leaks)) {
      const [bad, well] = [model(act), good()];
      for (const models of [[bad], [bad, well]]) {
        await serve({ models, max_attempts: 2 });
        for (const stream of both) {
          const answer = await ask({ stream });
          assert.ok(!answer.text.includes(key) && !answer.heads.includes(key), `${name}, stream ${stream}: ${answer.heads} ${answer.text}`);
          asked.push({ ...answer, name });
        }
      }
    }
    return asked;
  }
  async function expectNoTrace(asked) {
    for (const answer of asked) {
      const record = JSON.stringify(await recordOf(answer));
      assert.ok(!record.includes(key), `${answer.name}: ${record}`);
    }
    assert.ok(!gateway.logs().includes(key));
  }

  test("that are an error", async () => {
    const asked = await askAll(leaks);
    // The rest of such words is told where a refusal is passed on, and where the owner looks for reasons.
    for (const name of ["400, which is passed on", "an error event behind the first words"]) {
      const { text } = asked.find((answer) => answer.name === name && answer.text.includes("Incorrect"));
      assert.match(text, /Incorrect API key provided: .*https:\/\/example\.com/, name);
    }
    const refused = asked.find(({ name }) => name === "401");
    assert.match((await recordOf(refused)).attempts[0].reason, /^status 401: Incorrect API key provided: .*example\.com/);
    await expectNoTrace(asked);
  });

  test("that are a success by their status", async () => {
    await expectNoTrace(await askAll({ "a short text": says(`Error, try again: ${leak}`) }));
  });
});

describe("Retry-After", () => {
  const usual = { health: {}, retry: {} };
  const limited = (headers) => fails(429, headers);

  for (const stream of both)
    test(`of the only model is waited for, if it is short (stream ${stream})`, async () => {
      const waits = await counted("smartroute_retry_waits_total");
      const only = model((response, seen) => (seen.nth === 1 ? limited({ "retry-after": "1" })(response) : says("all is well")(response, seen)));
      await serve([only], usual);
      const answer = await ask({ stream });
      expectServed(answer, only, "all is well", 2, "after the wait");
      const [first, second] = log[only.slice(3)];
      // The proxy's clock ticks in steps; never before the second was over by more than one.
      assert.ok(second.at - first.at >= 950, `${second.at - first.at} ms`);
      const record = await recordOf(answer);
      assert.ok(record.attempts[1].waitedMs >= 950 && record.attempts[1].waitedMs < 5_000, JSON.stringify(record.attempts));
      assert.equal(record.attempts[0].waitedMs ?? 0, 0);
      assert.equal(Number(record.attempts[0].retryAfterMs), 1000);
      assert.ok((await counted("smartroute_retry_waits_total")) > waits);
    });

  test("is not waited for when it is longer than retry.max_wait, and the client is told of it", async () => {
    const only = model(limited({ "retry-after": "3" }));
    await serve([only], { ...usual, retry: { max_wait: "2s" } });
    const answer = await ask();
    assert.deepEqual([answer.status, answer.header("retry-after"), answer.attempts, attempts(only)], [429, "3", 1, 1]);
  });

  test("is not waited for while another model answers", async () => {
    const [busy, well] = [model(limited({ "retry-after": "1" })), good()];
    await serve([busy, well], usual);
    const answer = await ask();
    expectServed(answer, well, "all is well", 2, "elsewhere");
    assert.equal((await recordOf(answer)).attempts[1].waitedMs ?? 0, 0);
  });

  test("of the final 429 is what the provider who can answer soonest asked for, from 1 to 59 seconds", async () => {
    for (const [first, second, told] of [
      [{ "retry-after": "20" }, { "retry-after": "7" }, "7"],
      [{ "retry-after": "600" }, { "retry-after": "3600" }, "59"],
      [{ "retry-after-ms": "6500" }, {}, "7"],
      [{ "retry-after": new Date(Date.now() + 30_000).toUTCString() }, { "retry-after": "40" }, /^(2[5-9]|30)$/],
    ]) {
      await serve([model(limited(first)), model(limited(second))], usual);
      const answer = await ask();
      assert.deepEqual([answer.status, JSON.parse(answer.text).error.code], [429, "upstream_rate_limited"]);
      const what = `${JSON.stringify([first, second])}: ${answer.header("retry-after")}`;
      if (told instanceof RegExp) assert.match(answer.header("retry-after"), told, what);
      else assert.equal(answer.header("retry-after"), told, what);
    }
  });
});

test("heartbeats stand between whole events, are counted, and do not keep a silent upstream alive", async () => {
  const before = await counted("smartroute_heartbeats_total");
  let go;
  const gate = new Promise((resolve) => (go = resolve));
  const pausing = model(async (response) => {
    begin(response).write(delta("one "));
    await gate;
    response.write(delta("two "));       // and never again a word
  });
  await serve({ models: [pausing], timeouts: { idle: "1500ms" } }, { limits: { heartbeat: "200ms" } });
  const client = await RawClient.open(gateway.proxy.ready.listen);
  client.write(chat({ model: "t1", stream: true }));
  const beats = () => client.bytes.toString("latin1").split("2\r\n:\n\r\n").length - 1;
  await until("two heartbeats", () => beats() >= 2, 5_000);
  const spoke = performance.now();
  go();
  const answer = await client.response();
  const silence = performance.now() - spoke;
  client.close();
  const text = answer.body.toString();
  const lines = text.split("\n").filter((line) => line !== "");
  assert.deepEqual([...new Set(lines.filter((line) => !line.startsWith("data: ")))], [":"]);
  assert.equal(contentOf(text), "one two ");
  assert.match(text, /\n\n(:\n){2,}data: \{[^\n]*two /, "between the two events");
  assert.match(text, /data: \{"error":[^\n]*upstream_timeout[^\n]*\n\n$/);
  assert.equal(answer.whole, false);
  // Every heartbeat would have set the clock back by 200 ms at least.
  assert.ok(silence >= 1_400 && silence < 4_000, `${silence} ms of silence were taken`);
  const told = lines.filter((line) => line === ":").length;
  assert.ok(told >= 5, `${told} heartbeats`);
  assert.equal((await counted("smartroute_heartbeats_total")) - before, told);
});

describe("on_break: restart", () => {
  const restarting = (models, more = {}) => serve({ models, on_break: "restart", max_attempts: models.length, ...more });
  const notices = (text) => chunksOf(text).filter((chunk) => chunk.smartroute?.restart);

  for (const [name, how, reason] of [
    ["is reset", (response) => response.socket.resetAndDestroy(), "broke_mid_stream"],
    ["ends too early", (response) => response.end(), "broke_mid_stream"],
    ["reports an error", (response) => response.end('data: {"error":{"message":"out of memory"}}\n\n'), "broke_mid_stream"],
    ["falls silent", () => {}, "idle_timeout"],
  ])
    test(`a stream that ${name} begins anew elsewhere, and says so`, async () => {
      const restarts = await counted("smartroute_stream_restarts_total");
      const [bad, well] = [model(breaks(how)), good("the whole answer")];
      await restarting([bad, well], { timeouts: { idle: "400ms" } });
      const answer = await ask({ stream: true });
      assert.deepEqual([answer.status, answer.whole, answer.header("x-smartroute-on-break")], [200, true, "restart"]);
      const [void_, anew] = answer.text.split(/^data: .*"restart":.*\n\n/m);
      assert.equal(contentOf(void_), "broken beginning ");
      assert.equal(contentOf(anew), "the whole answer");
      assert.ok(anew.endsWith(done) && answer.text.split("[DONE]").length === 2);
      assert.equal(answer.text, canonical(answer.text), "whole events in one form");
      const [notice] = notices(answer.text);
      assert.equal(notices(answer.text).length, 1);
      assert.deepEqual([notice.object, notice.choices, notice.model], ["chat.completion.chunk", [], well]);
      assert.deepEqual(notice.smartroute.restart, { discard: true, attempt: 2, reason });
      const record = await recordOf(answer);
      assert.deepEqual([record.restarts, record.ending, await outcomes(answer)], [1, "completed", [`${bad} ${reason}`, `${well} answered`]]);
      assert.equal((await counted("smartroute_stream_restarts_total")) - restarts, 1);
    });

  test("ends with one error event when nobody is left", async () => {
    for (const [name, models, restarts] of [
      ["alone", [model(breaks())], 0],
      ["the other one breaks, too", [model(breaks()), model(breaks())], 1],
      ["the other one is down", [model(breaks()), model(fails(503))], 0],
      ["the other one refuses", [model(breaks()), model(refuses(400))], 0],
    ]) {
      await restarting(models);
      const answer = await ask({ stream: true });
      expectBroken(answer, "broken beginning ".repeat(restarts + 1), name);
      assert.equal(notices(answer.text).length, restarts, name);
      const record = await recordOf(answer);
      assert.deepEqual([record.restarts ?? 0, record.ending], [restarts, "broken_stream"], name);
    }
  });

  test("is asked for, or declined, by a header", async () => {
    const models = () => [model(breaks()), good("the whole answer")];
    await serve(models());
    const anew = await ask({ stream: true }, { "x-smartroute-on-break": "restart" });
    assert.deepEqual([anew.whole, notices(anew.text).length], [true, 1]);
    await restarting(models());
    const not = await ask({ stream: true }, { "x-smartroute-on-break": "error" });
    expectBroken(not, "broken beginning ", "declined");
    assert.equal(not.header("x-smartroute-on-break"), null);
    assert.equal((await ask({ stream: true }, { "x-smartroute-on-break": "perhaps" })).status, 400);
  });
});

describe("the guarantee", () => {
  const pair = (options) => [model(breaks(undefined, options)), good("the whole answer")];

  test("buffered, by the tier or by the header: nobody sees the first one break", async () => {
    for (const [what, tier, headers] of [
      ["by the tier", { guarantee: "buffered" }, {}],
      ["by the header", {}, { "x-smartroute-guarantee": "buffered" }],
    ]) {
      const [bad, well] = pair({ unseen: true });
      await serve({ models: [bad, well], ...tier });
      const answer = await ask({ stream: true }, headers);
      expectServed(answer, well, "the whole answer", 2, what);
      assert.equal(answer.header("x-smartroute-guarantee"), "buffered", what);
      assert.doesNotMatch(answer.text, /broken|error/, what);
      const record = await recordOf(answer);
      assert.deepEqual([record.guarantee, await outcomes(answer)], ["buffered", [`${bad} broke_mid_stream`, `${well} answered`]], what);
    }
  });

  test("live, by the tier or by the header: what broke is told", async () => {
    for (const [what, tier, headers] of [
      ["by the tier", {}, {}],
      ["by the header, over a buffered tier", { guarantee: "buffered" }, { "x-smartroute-guarantee": "live" }],
    ]) {
      await serve({ models: pair(), ...tier });
      const answer = await ask({ stream: true }, headers);
      expectBroken(answer, "broken beginning ", what);
      assert.equal(answer.header("x-smartroute-guarantee"), null, what);
      assert.equal((await recordOf(answer)).guarantee, "live", what);
    }
  });

  test("is nothing else: another word is the client's mistake", async () => {
    const [bad] = pair();
    await serve([bad]);
    for (const value of ["Buffered", "strict", "live, buffered"]) {
      const answer = await ask({ stream: true }, { "x-smartroute-guarantee": value });
      assert.deepEqual([answer.status, JSON.parse(answer.text).error.type], [400, "invalid_request_error"], value);
    }
    assert.equal(attempts(bad), 0);
  });

  test("gives way to an answer that is larger than its room, which goes on live and is counted", async () => {
    const overflows = await counted("smartroute_buffer_overflows_total");
    let go;
    const gate = new Promise((resolve) => (go = resolve));
    const word = "w".repeat(1000);
    const long = model(async (response) => {
      begin(response);
      for (let i = 0; i < 400; ++i) response.write(delta(word));
      await gate;
      response.end(delta(null, "stop") + done);
    });
    await serve({ models: [long], guarantee: "buffered" }, { limits: { max_buffered_bytes: 131_072 } });
    const response = await chatFetch(gateway.baseURL, { model: "t1", stream: true }, { headers: { "x-request-id": "overflow" } });
    // The head is here although the provider has not ended: a buffered answer would have waited.
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("x-smartroute-guarantee"), null);
    go();
    const text = await response.text();
    assert.equal(contentOf(text), word.repeat(400));
    assert.ok(text.endsWith(done));
    assert.equal((await counted("smartroute_buffer_overflows_total")) - overflows, 1);
    assert.equal((await recordOf({ id: "overflow" })).guarantee, "live");
  });
});

test("two hundred requests that all fail cost the upstream a fifth more, and the floor", async () => {
  const hopeless = model(fails(500));
  // Only the budget bounds this one: it never rests.
  await serve([hopeless], { retry: { budget_percent: 20, budget_floor: 10 } });
  const count = 200;
  const begun = performance.now();
  let next = 0;
  const caller = async () => {
    while (next++ < count) assert.equal((await ask()).status, 502);
  };
  await Promise.all(Array.from({ length: 20 }, caller));
  const seconds = (performance.now() - begun) / 1000;
  const most = 1.2 * count + 10 * (seconds + 1);
  assert.ok(most < 2 * count, `too slow a machine to prove anything: ${seconds} s`);
  assert.ok(attempts(hopeless) <= most, `${attempts(hopeless)} attempts in ${seconds} s, ${most} at most`);
  assert.ok(attempts(hopeless) > count, "some were tried again");
  assert.ok((await counted("smartroute_retry_budget_exhausted_total")) > 0);
});

test("a model out of its cooldown is tried by one request, and the others pass it by", async () => {
  const probes = await counted("smartroute_model_probes_total");
  let go;
  const gate = new Promise((resolve) => (go = resolve));
  const back = model(async (response, seen) => {
    if (seen.nth === 1) return fails(503)(response);
    await gate;
    return says("back again")(response, seen);
  });
  const well = good();
  await serve([back, well], { retry: { budget_floor: 1000 }, health: { eject_after: 1, cooldowns: { failing: "300ms" } } });
  expectServed(await ask(), well, "all is well", 2, "it fails once");
  expectServed(await ask(), well, "all is well", 1, "it rests");
  // Requests go on until one of them is the probe, which waits at the gate.
  const waiting = [];
  await until("somebody tries it", async () => {
    const asked = ask();
    waiting.push(asked);
    await Promise.race([asked, until("", () => attempts(back) === 2, 5_000)]);
    return attempts(back) === 2;
  }, 5_000);
  for (let i = 0; i < 10; ++i) expectServed(await ask(), well, "all is well", 1, "beside the probe");
  assert.equal(attempts(back), 2);
  go();
  const probe = (await Promise.all(waiting)).find((answer) => answer.model === back);
  expectServed(probe, back, "back again", 1, "the probe");
  assert.equal((await recordOf(probe)).attempts[0].probe, true);
  assert.equal((await counted("smartroute_model_probes_total")) - probes, 1);
  expectServed(await ask(), back, "back again", 1, "it is back");
});
