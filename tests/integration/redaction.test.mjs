// Secrets in every place of a request and an answer: the client and the provider see them as they are, and nothing that is kept or told holds one.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import test, { after, before, describe } from "node:test";

import { number, randomOf, recordsOf, settled } from "./lib/records.mjs";
import { WebSocketClient } from "./lib/websocket.mjs";
import { eventsOf, filesBelow, metricsOf, startGateway, until } from "./lib/world.mjs";

// Made up anew for each use, in two parts, so that nobody's scanner takes this file for a leak.
const random = randomOf(60);
const alphabet = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
const letters = (size, from = alphabet) => Array.from({ length: size }, () => random.pick(from)).join("");
const upper = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
const hex = "0123456789abcdef";
const shapes = [
  () => `${"s" + "k-"}${letters(45)}7`,
  () => `${"s" + "k-proj-"}${letters(60)}-x_${letters(20)}`,
  () => `${"s" + "k-ant-api03-"}${letters(80)}`,
  () => `${"s" + "k-or-v1-"}${letters(64, hex)}`,
  () => `${"AI" + "za"}${letters(35)}`,
  () => `${"AK" + "IA"}${letters(16, upper)}`,
  () => `${"gh" + "p_"}${letters(36)}`,
  () => `${"xox" + "b-"}${letters(12, hex)}-${letters(24)}`,
  () => `${"gs" + "k_"}${letters(52)}`,
  () => `${"h" + "f_"}${letters(34)}`,
  () => `${"glp" + "at-"}${letters(20)}`,
  () => `${"ey" + "J"}${letters(30)}.${letters(40)}.${letters(43)}`,
  () => `Bearer ${letters(40)}`,
  () => `${"xa" + "i-"}${letters(80)}`,
  () => `${"s" + "k_live_"}${letters(24)}`,
  () => `-----BEGIN ${"PRIV" + "ATE"} KEY-----\n${letters(64)}\n${letters(64)}\n-----END ${"PRIV" + "ATE"} KEY-----`,
];
// What is looked for: the parts of a secret that would give it away.
const canaries = [];
let turn = 0;
const plant = (secret, needles = [secret.replace(/-----.*?-----/g, "").trim().split("\n")[0].slice(-14)]) => {
  for (const needle of needles) canaries.push(needle);
  return secret;
};
const key = () => plant(shapes[turn++ % shapes.length]());
const flatKey = () => plant(shapes[turn++ % 6]()); // without spaces and lines
const email = () => {
  const name = letters(12).toLowerCase();
  return plant(`${name}@corp.example`, [name]);
};
// 18 digits, the 7th to 14th a date of birth.
const chineseId = () => {
  const end = letters(3, "0123456789");
  const region = letters(6, "123456");
  return plant(`${region}19880317${end}X`, [`${region}19880317${end}`]);
};

const marker = "zebra crossing"; // no secret: where it is found, what lies about it would be found, too
const providerKey = plant("upstream-key-of-no-shape-at-all-4711");
const gatewayKeys = { web: plant("the-web-team-may-come-in-0815"), quiet: plant("s" + `r-${letters(30)}`) };
const patterns = ["[\\w.+-]+@[\\w-]+\\.[\\w.]+", "[1-9]\\d{5}(19|20)\\d{6}\\d{3}[0-9Xx]"];

const chunk = (delta, finish_reason = null) => ({ id: "c", object: "chat.completion.chunk", created: 1, model: "m", choices: [{ index: 0, delta, finish_reason }] });
const whole = (message, more = {}) => ({ id: "c", object: "chat.completion", created: 1, model: "m", choices: [{ index: 0, message: { role: "assistant", ...message }, finish_reason: "stop" }], ...more });
const inPieces = (text, size = 3) => text.match(new RegExp(`[\\s\\S]{1,${size}}`, "g")) ?? [];

// A provider that says what `says` holds for the model: {status, body} or a list of events; else that all is well.
async function provider() {
  const says = new Map();
  const seen = new Map();
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const piece of request) text += piece;
    const body = JSON.parse(text);
    seen.set(body.model, { body, authorization: request.headers.authorization });
    const answer = says.get(body.model) ?? { status: 200, body: whole({ content: "fine" }) };
    if (Array.isArray(answer)) {
      response.writeHead(200, { "content-type": "text/event-stream" });
      for (const event of answer) response.write(`data: ${JSON.stringify(event)}\n\n`);
      return response.end("data: [DONE]\n\n");
    }
    response.writeHead(answer.status, { "content-type": "application/json", ...answer.headers });
    response.end(typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { says, seen, baseURL: `http://127.0.0.1:${server.address().port}/v1`, close: () => (server.closeAllConnections(), server.close()) };
}

const configOf = (baseURL, logs, keys = []) => ({
  gateway: { unknown_model: "reject", keys: [{ name: "web", key: gatewayKeys.web }, { name: "quiet", key: gatewayKeys.quiet, log_bodies: false }, ...keys] },
  providers: [{ id: "lab", protocol: "openai", base_url: baseURL, api_key: providerKey }],
  tiers: { t1: { models: ["lab/one"] }, t2: { models: ["lab/two"] }, t3: { models: ["lab/three"] } },
  router: { mode: "keyword", default_tier: "t2" },
  health: { eject_after: 0, cooldowns: { keyword: "0s", empty: "0s", rate_limited: "0s", unauthorized: "0s", longest: "0s" } },
  retry: { budget_floor: 1000 },
  logs,
});

// Everything that the gateway keeps or tells, as [where, bytes].
async function allThatIsKept(gateway) {
  const out = filesBelow(gateway.control.state).concat(filesBelow(gateway.proxy.state));
  for (const child of [gateway.control, gateway.proxy]) out.push([`what ${child.name} says`, Buffer.from(child.log)]);
  return out;
}
async function allThatIsTold(gateway) {
  const out = [];
  const tell = (where, value) => out.push([where, Buffer.from(typeof value === "string" ? value : JSON.stringify(value))]);
  const ask = async (method, message) => {
    const answer = await gateway.control.call(method, message);
    tell(`${method} ${JSON.stringify(message).slice(0, 80)}`, answer);
    return answer;
  };
  const bodiesOf = (where, record) => {
    for (const part of ["requestBody", "responseBody"]) if (record[part]) out.push([`${where} ${part}`, Buffer.from(record[part], "base64")]);
  };
  const { records } = await ask("LogService/ListRecords", { pageSize: 1000, signals: true });
  const all = await recordsOf(gateway);
  tell("all records", all);
  assert.ok(records.length > 0);
  for (const { recordId, requestId } of all) bodiesOf(requestId, (await ask("LogService/GetRecord", { recordId, signals: true })).record);
  await ask("LogService/ListFacets", {});
  await ask("LogService/GetLogStorage", {});
  for (const dimension of ["", "tier", "model", "provider", "key", "error", "status", "category", "ending", "attempt"]) await ask("StatsService/GetStats", { dimension });
  await ask("FleetService/ListInstances", {});
  await ask("HealthService/ListModelHealth", {});
  await ask("RoutingService/ReplayRoutes", { maxMoves: 1000, candidate: { text: JSON.stringify({ ...configOf("http://127.0.0.1:1/v1", {}), router: { mode: "keyword", default_tier: "t3" } }) } });
  for (const query of ["format=csv", "format=jsonl", "format=jsonl&bodies=true"]) {
    const answer = await fetch(`http://${gateway.control.ready.admin}/admin/v1/logs/export?${query}`, { headers: { authorization: `Bearer ${gateway.control.token}` } });
    const text = await answer.text();
    tell(`export ${query}`, text);
    if (query.includes("bodies")) for (const line of text.trim().split("\n")) bodiesOf("exported", JSON.parse(line));
  }
  for (const [name, ops] of [["proxy", gateway.proxy.ready.proxy_ops], ["control plane", gateway.control.ready.control_ops]]) tell(`metrics of the ${name}`, (await metricsOf(ops)).text);
  return out;
}
const hitsOf = (haystacks, needles) => haystacks.flatMap(([where, bytes]) => needles.filter((needle) => bytes.includes(needle)).map((needle) => `${needle} in ${where}: ...${excerpt(bytes, needle)}...`));
const excerpt = (bytes, needle) => bytes.subarray(Math.max(0, bytes.indexOf(needle) - 60), bytes.indexOf(needle) + needle.length + 20).toString("latin1");

class Caller {
  count = 0;
  constructor(gateway, lab) {
    Object.assign(this, { gateway, lab });
  }
  // Sends `fields`; says what came back, and checks that the provider got them as they are.
  async send(name, fields, { authorization = `Bearer ${gatewayKeys.web}`, headers = {}, path = "/chat/completions", method = "POST", text } = {}) {
    ++this.count;
    const model = `lab/${name}`;
    const body = text ?? JSON.stringify({ model, ...fields });
    const answer = await fetch(`${this.gateway.baseURL}${path}`, {
      method,
      headers: { "content-type": "application/json", "x-request-id": name, ...(authorization && { authorization }), ...headers },
      ...(method === "POST" && { body }),
    });
    const said = await answer.text();
    const got = this.lab.seen.get(name);
    if (got) {
      assert.equal(got.authorization, `Bearer ${providerKey}`);
      const { model: _, stream_options: __, ...rest } = got.body;
      const { model: ___, ...mine } = fields;
      assert.deepEqual(rest, mine, `${name}: the provider gets what was sent`);
    }
    return { status: answer.status, said, got: got !== undefined };
  }
}

const user = (content, ...before) => ({ messages: [...before, { role: "user", content }] });
const around = (secret) => `${marker}: ${secret}, please`;

const ofSecrets = () => {
  let gateway, lab, caller, tail;
  before(async () => {
    lab = await provider();
    gateway = await startGateway({ mocks: [], config: configOf(lab.baseURL, { bodies: true, max_body_bytes: 16384, redact: patterns }) });
    caller = new Caller(gateway, lab);
    tail = await WebSocketClient.open(gateway.control.ready.admin, "/admin/v1/logs/tail", { headers: { authorization: `Bearer ${gateway.control.token}` } });
  });
  after(async () => {
    tail?.close();
    await gateway?.stop();
    lab?.close();
  });

  const ask = async (name, fields, options) => {
    const { status, said, got } = await caller.send(name, fields, options);
    assert.equal(status, 200, said);
    assert.ok(got);
    return said;
  };

  test("of what is asked reach the provider", async () => {
    for (const [i, secret] of Array.from({ length: shapes.length }, key).entries()) await ask(`prompt-${i}`, user(around(secret)));
    await ask("parts", user([{ type: "text", text: around(key()) }, { type: "text", text: `and ${email()}` }]));
    await ask("system", user(marker, { role: "system", content: around(key()) }, { role: "developer", content: `${email()} ${chineseId()}` }));
    const args = (secret) => ({ role: "assistant", content: null, tool_calls: [{ id: "call_1", type: "function", function: { name: "log_in", arguments: JSON.stringify({ token: secret, again: { deeper: [secret] } }) } }] });
    await ask("tool-arguments", user(marker, { role: "user", content: "log in" }, args(flatKey()), { role: "tool", tool_call_id: "call_1", content: JSON.stringify({ session: flatKey(), owner: email() }) }));
    await ask("tool-arguments-patterns", user(marker, { role: "user", content: "log in" }, args(email()), { role: "tool", tool_call_id: "call_1", content: around(chineseId()) }));
    await ask("other-fields", { ...user(marker), user: flatKey(), metadata: { owner: email(), secret: flatKey() }, tools: [{ type: "function", function: { name: "f", description: around(flatKey()) } }] });
    await ask("emails", user(`${marker} ${email()} or ${email()}, id ${chineseId()}`));
    await ask("member-name", { ...user(marker), metadata: { [flatKey()]: "x" } });
    await ask("own-keys", user(around(gatewayKeys.web)));
    await ask("own-keys-quiet", user(around(gatewayKeys.quiet)), { authorization: `Bearer ${gatewayKeys.quiet}` });
    await ask("provider-key", user(around(providerKey)));
    // Spelled with escapes, as some clients send all that is not ASCII.
    const [name, domain] = email().split("@");
    await ask("escaped", user(`${marker} ${name}@${domain}`), { text: JSON.stringify({ model: "lab/escaped", ...user(`${marker} ${name}@${domain}`) }).replace("@", "\\u0040") });
    // Across every place where a text is cut.
    await ask("cut-preview", user(`${"p".repeat(245)} ${flatKey()} ${marker}`));
    await ask("cut-ask", user(`${marker} ${"a".repeat(4075)} ${flatKey()} ${"b".repeat(9000)}`));
    await ask("cut-ask-end", user(`${marker} ${"a".repeat(9000)} ${flatKey()} ${"b".repeat(4070)}`));
    await ask("cut-body", user(`${"c".repeat(16384 - 90)} ${flatKey()} ${marker} ${"d".repeat(3000)}`));
    await ask("cut-system", user(marker, { role: "system", content: `${"s".repeat(495)} ${flatKey()}` }));
  });

  test("of what is answered reach the client", async () => {
    const text = `${marker} ${key()} and ${email()}, ${chineseId()}`;
    lab.says.set("whole", { status: 200, body: whole({ content: text, reasoning_content: around(flatKey()) }) });
    assert.equal(JSON.parse(await ask("whole", user(marker))).choices[0].message.content, text);

    const streamed = `${marker} ${flatKey()} and ${email()}, ${chineseId()}.`;
    lab.says.set("stream", [...inPieces(streamed).map((content) => chunk({ content })), chunk({}, "stop")]);
    const events = eventsOf(await ask("stream", { ...user(marker), stream: true }));
    assert.equal(events.slice(0, -1).map((event) => JSON.parse(event).choices[0]?.delta.content ?? "").join(""), streamed);

    const call = JSON.stringify({ password: flatKey(), to: email() });
    const callOf = (piece, i) => chunk({ tool_calls: [{ index: 0, ...(i === 0 && { id: "call_9", type: "function" }), function: { ...(i === 0 && { name: "send" }), arguments: piece } }] });
    lab.says.set("stream-tools", [...inPieces(call, 5).map(callOf), chunk({}, "tool_calls")]);
    const pieces = eventsOf(await ask("stream-tools", { ...user(marker), stream: true })).slice(0, -1);
    assert.equal(pieces.map((event) => JSON.parse(event).choices[0]?.delta.tool_calls?.[0].function.arguments ?? "").join(""), call);

    const thought = around(flatKey());
    lab.says.set("stream-reasoning", [...inPieces(thought).map((reasoning_content) => chunk({ reasoning_content })), chunk({ refusal: `no, ${flatKey()}` }), chunk({ content: marker }, "stop")]);
    await ask("stream-reasoning", { ...user(marker), stream: true });
    lab.says.set("whole-tools", { status: 200, body: whole({ content: null, tool_calls: [{ id: "c", type: "function", function: { name: "f", arguments: JSON.stringify({ k: flatKey() }) } }] }, { model: flatKey(), system_fingerprint: flatKey() }) });
    await ask("whole-tools", user(marker));
    lab.says.set("repeats", { status: 200, body: whole({ content: around(providerKey) }) });
    assert.ok((await ask("repeats", user(marker))).includes(providerKey));
  });

  test("of a provider's error texts reach nobody's log", async () => {
    const error = (message, more = {}) => JSON.stringify({ error: { message, type: "invalid_request_error", ...more } });
    for (const [name, status, body, passed] of [
      ["error-400", 400, error(`${around(flatKey())} of ${email()}`), true],
      ["error-400-fields", 400, error(marker, { code: flatKey(), param: flatKey() }), true],
      ["error-401", 401, error(`Incorrect API key provided: ${providerKey}. ${around(flatKey())}`), false],
      ["error-422", 422, error(`${around(chineseId())}`), true],
      ["error-429", 429, error(around(flatKey())), false],
      ["error-500", 500, error(`${around(flatKey())} ${email()}`), false],
      ["error-text", 500, `<html>${around(flatKey())} ${providerKey}</html>`, false],
      ["error-200", 200, error(`Incorrect API key provided: ${providerKey} ${flatKey()}`), false],
    ]) {
      lab.says.set(name, { status, body, headers: { "x-request-id": flatKey() } });
      const { status: given, said } = await caller.send(name, user(marker));
      assert.ok(given >= 400, said);
      if (passed) assert.equal(said, body, `${name}: the client's answer is the provider's`);
      assert.ok(!said.includes(providerKey));
    }
    lab.says.set("error-event", [chunk({ content: marker }), { error: { message: `${around(flatKey())} ${email()}`, code: flatKey() } }]);
    await caller.send("error-event", { ...user(marker), stream: true });
    lab.says.set("error-keyword", { status: 200, body: whole({ content: `Error: Incorrect API key provided: ${flatKey()}` }) });
    await caller.send("error-keyword", user(marker));
  });

  test("of the edges are turned away and forgotten", async () => {
    const refused = async (name, fields, options) => assert.ok((await caller.send(name, fields, options)).status >= 400, name);
    await refused("wrong-key", user(marker), { authorization: `Bearer ${flatKey()}` });
    await refused("wrong-header", user(marker), { authorization: "", headers: { "x-api-key": flatKey() } });
    await refused("key-as-model", { ...user(marker), model: "x" }, { text: JSON.stringify({ model: flatKey(), ...user(marker) }) });
    await refused("key-in-path", undefined, { path: `/${flatKey()}`, method: "GET" });
    await refused("key-in-query", undefined, { path: `/nothing?key=${flatKey()}`, method: "GET" });
    await refused("no-json", undefined, { text: `{"model":"lab/x","messages":[{"role":"user","content":"${around(flatKey())}` });
    await refused("no-chat", undefined, { text: JSON.stringify({ model: "lab/x", messages: around(flatKey()), key: { deeper: flatKey() } }) });
    ++caller.count;
    const id = flatKey();
    await fetch(`${gateway.baseURL}/chat/completions`, { method: "POST", headers: { authorization: `Bearer ${gatewayKeys.web}`, "x-request-id": id, "user-agent": flatKey() }, body: JSON.stringify({ model: "lab/key-as-id", ...user(marker) }) }).then((answer) => answer.text());
  });

  test("wait in no spool", async () => {
    await settled(gateway, caller.count);
    await gateway.control.stop();
    for (let i = 0; i < 4; ++i) await ask(`spooled-${i}`, user(`${around(key())} ${email()}`));
    await until("they are in the spool", () => filesBelow(gateway.proxy.state).some(([, bytes]) => bytes.includes(marker)));
    assert.deepEqual(hitsOf(await allThatIsKept(gateway), canaries), []);
    await gateway.control.start();
    await settled(gateway, caller.count);
  });

  test("lie in no file, and nobody is told of them", async () => {
    assert.ok(new Set(canaries).size >= 60, `${canaries.length} canaries`);
    const kept = await allThatIsKept(gateway);
    const told = await allThatIsTold(gateway);
    told.push(["the tail", Buffer.from(JSON.stringify(tail.messages))]);
    assert.ok(tail.records.length > 30);
    // What is not secret is found: so would be what is.
    assert.ok(hitsOf(kept, [marker]).length > 0 && hitsOf(told, [marker]).length > 50);
    assert.deepEqual(hitsOf(kept, canaries), []);
    assert.deepEqual(hitsOf(told, canaries), []);
  });

  test("leave texts that can be read, and JSON that is JSON", async () => {
    for (const name of ["tool-arguments", "emails", "stream", "stream-tools", "whole", "escaped", "other-fields"]) {
      const { record } = await gateway.control.call("LogService/GetRecord", { requestId: name });
      const request = JSON.parse(Buffer.from(record.requestBody, "base64"));
      const answer = JSON.parse(Buffer.from(record.responseBody, "base64"));
      assert.match(JSON.stringify([request, answer]), /\[redacted\]/, name);
      assert.equal(record.requestCut ?? false, false, name);
    }
    const { record } = await gateway.control.call("LogService/GetRecord", { requestId: "emails" });
    assert.equal(record.preview, `${marker} [redacted] or [redacted], id [redacted]`);
    assert.equal(JSON.parse(Buffer.from(record.requestBody, "base64")).messages[0].content, record.preview);
  });
};

const ofWords = () => {
  let gateway, lab, caller;
  const loud = "a-key-that-wants-its-bodies-kept";
  before(async () => {
    lab = await provider();
    const keys = [{ name: "loud", key: loud, log_bodies: true }];
    gateway = await startGateway({ mocks: [], config: configOf(lab.baseURL, { bodies: false }, keys) });
    caller = new Caller(gateway, lab);
  });
  after(async () => {
    await gateway?.stop();
    lab?.close();
  });
  const words = ["quokka quadrille", "giraffe lullaby", "walrus tango", "ostrich waltz", "penguin polka", "lemur mazurka", "badger bolero", "heron foxtrot"];
  const [quoted, asked, system, tooled, told, streamed, noUsage, broken] = words;
  const traffic = async (prefix) => {
    const tool = { role: "assistant", content: null, tool_calls: [{ id: "c", type: "function", function: { name: "f", arguments: JSON.stringify({ words: tooled }) } }] };
    lab.says.set(`${prefix}-whole`, { status: 200, body: whole({ content: told }) });
    await caller.send(`${prefix}-whole`, user(asked, { role: "system", content: system }, { role: "user", content: asked }, tool, { role: "tool", tool_call_id: "c", content: tooled }));
    lab.says.set(`${prefix}-stream`, [...inPieces(streamed).map((content) => chunk({ content })), chunk({}, "stop")]);
    await caller.send(`${prefix}-stream`, { ...user(asked), stream: true });
    lab.says.set(`${prefix}-no-usage`, { status: 200, body: whole({ content: noUsage }) });
    await caller.send(`${prefix}-no-usage`, user(asked));
    // Providers quote what they do not like, in an error and in the middle of a stream.
    const refusal = { message: `invalid value: '${quoted}'`, type: "invalid_request_error" };
    lab.says.set(`${prefix}-refused`, { status: 400, body: JSON.stringify({ error: refusal }) });
    await caller.send(`${prefix}-refused`, user(quoted), { status: 400 });
    lab.says.set(`${prefix}-error-event`, [chunk({ content: quoted }), { error: refusal }]);
    await caller.send(`${prefix}-error-event`, { ...user(quoted), stream: true });
    await caller.send(`${prefix}-routed`, user(asked), { text: JSON.stringify({ model: "auto", ...user(asked) }) });
    await caller.send(`${prefix}-broken`, undefined, { text: `{"model":"auto","messages":[{"role":"user","content":"${broken}` });
  };

  test("no word of a prompt or an answer is kept or told, also while the control plane is away", async () => {
    await traffic("first");
    await settled(gateway, caller.count);
    await gateway.control.stop();
    await traffic("second");
    // Until the last of them is in the spool.
    await until("they are in the spool", () => filesBelow(gateway.proxy.state).some(([, bytes]) => bytes.includes("second-broken")));
    assert.deepEqual(hitsOf(await allThatIsKept(gateway), words), []);
    await gateway.control.start();
    await settled(gateway, caller.count);
    assert.deepEqual(hitsOf(await allThatIsKept(gateway), words), []);
    assert.deepEqual(hitsOf(await allThatIsTold(gateway), words), []);
  });

  test("what was counted is counted all the same", async () => {
    const all = await recordsOf(gateway);
    for (const name of ["first-whole", "first-stream", "second-no-usage"]) {
      const record = all.find(({ requestId }) => requestId === name);
      assert.ok(number(record.promptTokens.count) > 0 && number(record.completionTokens.count) > 0, JSON.stringify(record));
    }
  });

  test("a key that says so has its bodies kept", async () => {
    await caller.send("loud", user(asked), { authorization: `Bearer ${loud}`, text: JSON.stringify({ model: "auto", ...user(asked) }) });
    await settled(gateway, caller.count);
    const { record, bodiesKept } = await gateway.control.call("LogService/GetRecord", { requestId: "loud" });
    assert.equal(bodiesKept, true);
    assert.equal(record.preview, asked);
    assert.equal(record.route.input.ask, asked);
    assert.ok(hitsOf(await allThatIsKept(gateway), [asked]).length > 0, "and so the search above could have found something");
  });
};

// Side by side: both mostly wait for a spool to fill and to drain.
describe("what is kept and told", { concurrency: 2 }, () => {
  describe("secrets", { concurrency: 1 }, ofSecrets);
  describe("with logs.bodies off", { concurrency: 1 }, ofWords);
});
