// Two hundred secrets of every kind that a gateway is trusted with, and every place that somebody else may read: none of them is there. What
// is looked for, where, and how many bytes lay there is printed; a place without a byte is a failure.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after, before, describe } from "node:test";

import { WebSocketClient } from "../integration/lib/websocket.mjs";
import { recordsOf } from "../integration/lib/records.mjs";
import { Gateway, binary, filesBelow, run, tireless, until } from "../integration/lib/world.mjs";
import { Canaries, Places, keyShapes, letters } from "./lib/canaries.mjs";

const marker = "zebra crossing"; // no secret: it is found wherever a secret beside it would be
const canaries = new Canaries();
const places = new Places();
const times = (count, make) => Array.from({ length: count }, (_, i) => make(i));
let turn = 0;
const shaped = (kind, about) => canaries.plant(kind, keyShapes[turn++ % keyShapes.length](), about);
// Clients are told their own words again: the id of their request, a model that does not exist, a path that nobody knows.
const toItself = { home: /^answers to clients: / };

// A provider that repeats what it was told: its key in errors of every kind, secrets in answers.
async function echoingProvider() {
  const got = []; // [authorization, body]
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const piece of request) text += piece;
    const authorization = request.headers.authorization ?? "";
    const key = authorization.replace("Bearer ", "");
    got.push([authorization, text]);
    const say = (status, body, headers = {}) => response.writeHead(status, { "content-type": "application/json", ...headers }).end(typeof body === "string" ? body : JSON.stringify(body));
    const error = (message) => ({ error: { message, type: "invalid_request_error", code: key, param: authorization } });
    if (request.url.endsWith("/models")) return say(401, error(`Incorrect API key provided: ${key}`), { "www-authenticate": `Bearer realm="${key}"` });
    const { model } = JSON.parse(text);
    const done = (content, more = {}) => ({ id: "c", object: "chat.completion", created: 1, model, choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }], usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 }, ...more });
    const leaks = { "set-cookie": `session=${key}`, server: key, "openai-organization": key, "x-request-id": key, "x-ratelimit-limit-requests": key, location: `https://x.example/?key=${key}`, "x-powered-by": key };
    const sayings = {
      "e400": () => say(400, error(`Bad request with ${key}`), leaks),
      "e401": () => say(401, error(`Incorrect API key provided: ${key}`), leaks),
      "e403": () => say(403, error(`Key ${key} may not`), leaks),
      "e404": () => say(404, error(`No such model for ${encodeURIComponent(key)} (${Buffer.from(authorization).toString("base64")})`), leaks),
      "e429": () => say(429, error(`Rate limit of ${key}`), leaks),
      "e500": () => say(500, `<html><body>Trace: Authorization: ${authorization}</body></html>`, { ...leaks, "content-type": "text/html" }),
      "e200": () => say(200, error(`Incorrect API key provided: ${key}`), leaks),
      "e302": () => say(302, {}, leaks),
      "stream": () => {
        response.writeHead(200, { "content-type": "text/event-stream", ...leaks });
        response.write(`data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", created: 1, model, choices: [{ index: 0, delta: { content: marker } }] })}\n\n`);
        response.end(`data: ${JSON.stringify(error(`Incorrect API key provided: ${key}`))}\n\n`);
      },
      "broken": () => say(200, `{"nonsense": "${key}`, leaks),
      "says": () => say(200, done(`${marker}: ${JSON.parse(text).messages.at(-1).content}`), leaks),
    };
    (sayings[model] ?? (() => say(200, done("t2"), leaks)))();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { got, baseURL: `http://127.0.0.1:${server.address().port}/v1`, close: () => (server.closeAllConnections(), server.close()) };
}

// A collector that keeps the bytes it is sent; heads apart, because its own secrets stand there.
async function collector() {
  const bodies = [];
  const heads = [];
  const server = createServer(async (request, response) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    bodies.push(Buffer.concat(parts));
    heads.push(JSON.stringify(request.headers));
    response.writeHead(200, { "content-type": "application/x-protobuf" }).end();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { bodies, heads, origin: `http://127.0.0.1:${server.address().port}`, close: () => (server.closeAllConnections(), server.close()) };
}

// RFC 6238
function totp(base32, at = Date.now()) {
  const bits = [...base32].map((c) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c).toString(2).padStart(5, "0")).join("");
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const mac = createHmac("sha1", Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)))).update(counter).digest();
  return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

// A person at the admin port, with cookies.
class Person {
  cookies = new Map();
  constructor(admin) {
    this.admin = admin;
  }
  async call(method, message = {}) {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(`http://${this.admin}/smartroute.admin.v1.${method}`, {
      method: "POST",
      headers: { "content-type": "application/json", origin: `http://${this.admin}`, ...(cookie && { cookie }), ...(this.csrf && { "x-smartroute-csrf": this.csrf }) },
      body: JSON.stringify(message),
    });
    for (const set of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(set);
      if (!/Max-Age=0\b/.test(set)) canaries.plant("session cookie", value);
      this.cookies.set(name, value);
    }
    const text = await response.text();
    const answer = JSON.parse(text);
    const csrf = (answer.session ?? answer).csrfToken;
    if (csrf && csrf !== this.csrf) this.csrf = canaries.plant("CSRF token", csrf, { home: /^admin answers: SessionService\/GetSession/ });
    return { status: response.status, text, ...answer };
  }
}

describe("two hundred canaries", () => {
  const folder = mkdtempSync(join(tmpdir(), "smartroute-canaries-"));
  const environment = {};
  let lab, traces, gateway, tail, terminal, token;
  const gatewayKeys = [];

  const providerKeys = {
    inline: times(15, (i) => canaries.plant("provider key, inline", i % 3 ? undefined : `key"with\\quotes/and+${letters(20)}`)),
    env: times(10, () => canaries.plant("provider key, environment")),
    file: times(10, () => canaries.plant("provider key, file")),
  };

  const configOf = () => {
    const named = (i, key) => ({ name: `key-${i}`, key });
    const providers = [
      ...providerKeys.inline.map((api_key) => ({ api_key })),
      ...providerKeys.env.map((key, i) => ((environment[`CANARY_PROVIDER_${i}`] = key), { api_key: `\${CANARY_PROVIDER_${i}}` })),
      ...providerKeys.file.map((key, i) => {
        const path = join(folder, `provider-${i}.key`);
        writeFileSync(path, `${key}\n`, { mode: 0o600 });
        return { api_key: `file:${path}` };
      }),
    ].map((provider, i) => ({ id: `p${i}`, protocol: "openai", base_url: lab.baseURL, ...provider }));
    for (let i = 0; i < 25; ++i) gatewayKeys.push(canaries.plant("gateway key"));
    const hidden = canaries.plant("gateway key, environment");
    environment.CANARY_GATEWAY = hidden;
    gatewayKeys.push(hidden);
    const plain = times(5, () => canaries.plant("gateway key, without a name"));
    environment.CANARY_OTLP = canaries.plant("header for the collector, environment", undefined);
    return {
      gateway: { unknown_model: "reject", api_keys: plain, keys: [...gatewayKeys.slice(0, 25).map((key, i) => named(i, key)), named("hidden", "${CANARY_GATEWAY}")] },
      providers,
      tiers: { t1: { models: ["p0/m"] }, t2: { models: ["p1/m"] }, t3: { models: ["p2/m"] } },
      router: { mode: "llm", default_tier: "t2", llm: { base_url: lab.baseURL, model: "judge", api_key: canaries.plant("judge's key") } },
      logs: { bodies: true, max_body_bytes: 16384 },
      tracing: { endpoint: traces.origin, content: true, headers: { "x-api-key": canaries.plant("header for the collector"), authorization: `Bearer ${canaries.plant("header for the collector")}`, "x-more": "${CANARY_OTLP}" } },
      ...tireless,
    };
  };

  const masterKey = canaries.plant("master key", letters(64, "0123456789abcdef"));

  before(async () => {
    lab = await echoingProvider();
    traces = await collector();
    const config = configOf();
    gateway = await new Gateway({ mocks: [], config, controlArgs: ["--log-level", "debug"], proxyArgs: ["--log-level", "debug"], env: { ...environment, SMARTROUTE_MASTER_KEY: masterKey } }).start();
    gateway.proxy.env = {}; // a proxy needs none of them
    await gateway.proxy.restart();
    canaries.plant("admin token", gateway.control.token, { home: /admin\.token$/ });
    token = { authorization: `Bearer ${gateway.control.token}` };
    tail = await WebSocketClient.open(gateway.control.ready.admin, "/admin/v1/logs/tail", { headers: token });
    terminal = await WebSocketClient.open(gateway.control.ready.admin, "/admin/v1/terminal", { headers: token, protocols: ["smartroute.v1"] });
    assert.equal(terminal.status, undefined, terminal.body);
  });
  after(async () => {
    tail?.close();
    terminal?.close();
    for (const child of gateway?.children ?? []) await child.stop("SIGKILL").catch(() => {});
    if (gateway) rmSync(gateway.folder, { recursive: true, force: true });
    lab?.close();
    traces?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  // A request as a client sends it; what the client is told is a place like others.
  const ask = async (model, { content = marker, headers = {}, key = gatewayKeys[turn++ % gatewayKeys.length], path = "/chat/completions", fields = {}, keep = true } = {}) => {
    const response = await fetch(`${gateway.baseURL}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...(key && { authorization: `Bearer ${key}` }), ...headers },
      body: JSON.stringify({ model, messages: [{ role: "user", content }], ...fields }),
    });
    const text = await response.text();
    const heads = JSON.stringify([...response.headers]);
    if (keep) places.add("answers to clients", `${model}: ${response.status}`, `${heads}\n${text}`);
    else places.add("answers to clients", `${model}: head of ${response.status}`, heads);
    return { status: response.status, text };
  };

  test("people, tokens and second factors come about", async () => {
    const { admin } = gateway.control.ready;
    const code = canaries.plant("set-up code", readFileSync(join(gateway.control.state, "setup.code"), "utf8").trim(), { home: /what processes say: control plane$/ });
    const ana = new Person(admin);
    const made = await ana.call("SessionService/SetUp", { code, name: "Ana", password: canaries.plant("password", `ana ${letters(14)}`) });
    assert.equal(made.status, 200, made.text);
    const people = await Promise.all(times(4, async (i) => {
      const password = canaries.plant("password", `p${i} ${letters(14)}`);
      assert.equal((await ana.call("UserService/CreateUser", { name: `person-${i}`, password, role: i % 2 ? "ACCOUNT_ROLE_ADMIN" : "ACCOUNT_ROLE_VIEWER" })).status, 200);
      const person = new Person(admin);
      assert.equal((await person.call("SessionService/SignIn", { name: `person-${i}`, password })).status, 200);
      return { person, password };
    }));
    for (const { person, password } of people.slice(0, 2)) {
      const begun = await person.call("AccountService/StartTwoFactor", { currentPassword: password });
      canaries.plant("second factor", begun.secret);
      const { codes } = await person.call("AccountService/ConfirmTwoFactor", { code: totp(begun.secret) });
      assert.ok(codes.length >= 10);
      for (const one of codes) canaries.plant("recovery code", one);
    }
    const { person, password } = people[2];
    const changed = await person.call("AccountService/ChangePassword", { currentPassword: password, newPassword: canaries.plant("password", `new ${letters(14)}`) });
    assert.equal(changed.status, 200, changed.text);
    for (let i = 0; i < 3; ++i) {
      const { status, text } = await new Person(admin).call("SessionService/SignIn", { name: `person-${i}`, password: canaries.plant("wrong password", `wrong ${letters(14)}`) });
      assert.equal(status, 401);
      places.add("admin answers", "SignIn with a wrong password", text);
    }
    const weak = await ana.call("UserService/CreateUser", { name: "x/y\n", password: canaries.plant("refused password", letters(20)), role: "NONSENSE" });
    assert.ok(weak.status >= 400);
    places.add("admin answers", "CreateUser refused", weak.text);
    for (let i = 0; i < 12; ++i) {
      const made = await gateway.control.call("ApiTokenService/CreateApiToken", { name: `token-${i}`, role: i % 2 ? "ACCOUNT_ROLE_ADMIN" : "ACCOUNT_ROLE_VIEWER" });
      canaries.plant("API token", made.secret);
      if (i < 4) await gateway.control.call("FleetService/ListInstances", {}, { token: made.secret });
    }
    for (let i = 0; i < 4; ++i) {
      const wrong = canaries.plant("wrong API token", `srt-${letters(32)}`);
      await gateway.control.call("ConfigService/GetConfig", {}, { token: wrong }).then(() => assert.fail("let in"), (error) => places.add("admin answers", "with a wrong token", error.text));
    }
  });

  test("clients ask, and providers repeat what they should not", async () => {
    const models = ["e400", "e401", "e403", "e404", "e429", "e500", "e200", "e302", "stream", "broken"];
    const count = Object.values(providerKeys).flat().length;
    for (let i = 0; i < count; ++i) {
      const model = models[i % models.length];
      const { status } = await ask(`p${i}/${model}`, { fields: model === "stream" ? { stream: true } : {} });
      assert.ok(status >= 400 || model === "stream", `${model}: ${status}`);
    }
    assert.equal((await ask("auto")).status, 200);
    for (let i = 0; i < 20; ++i) assert.equal((await ask(`p${i}/says`, { content: `${marker}: ${shaped("key in a prompt")}, please`, keep: false })).status, 200);
    for (const key of Object.values(providerKeys).flat().slice(0, 3)) await ask("p5/says", { content: `${marker}: is ${key} right?`, keep: false });
    assert.equal(new Set(lab.got.map(([authorization]) => authorization)).size >= count, true, "each provider was given its key");
  });

  test("clients bring secrets to the wrong door", async () => {
    for (const name of ["authorization", "x-api-key", "api-key", "x-goog-api-key"])
      for (let i = 0; i < 4; ++i) {
        const secret = canaries.plant(`wrong ${name}`);
        const { status } = await ask("p0/m", { key: "", headers: { [name]: name === "authorization" ? `Bearer ${secret}` : secret } });
        assert.equal(status, 401);
      }
    for (const name of ["cookie", "proxy-authorization", "x-forwarded-authorization", "x-amz-security-token", "x-vault-token", "x-custom-secret", "openai-organization"])
      await ask("p0/m", { headers: { [name]: `session=${canaries.plant(`client's ${name}`)}` } });
    for (const name of ["user-agent", "x-request-id", "x-session-id", "x-conversation-id", "origin", "referer"]) await ask("p0/m", { headers: { [name]: shaped(`client's ${name}`, name === "x-request-id" ? toItself : {}) } });
    for (const path of [`/chat/completions?api_key=${canaries.plant("key in a query")}`, `/chat/completions?key=${shaped("key in a query")}`, `/${shaped("key in a path", toItself)}/chat/completions`, `/${shaped("key in a path", toItself)}`]) await ask("p0/m", { path });
    for (const name of ["api_key", "api_base", "base_url"]) assert.equal((await ask("p0/m", { fields: { [name]: `https://u:${canaries.plant("key in a body")}@x.example` } })).status, 400);
    await ask(shaped("key as a model", toItself));
    await ask("p0/m", { fields: { user: shaped("key as a user"), metadata: { token: shaped("key in metadata") } } });
    // Not HTTP, or hardly.
    for (const head of [`GET /v1/models HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${canaries.plant("key in a broken head")}\r\nbroken line\r\n\r\n`, `POST /v1/chat/completions HTTP/9.9 ${canaries.plant("key in a broken line")}\r\n\r\n`, `Authorization: Bearer ${canaries.plant("key without a request")}\r\n\r\n`]) {
      const [host, port] = gateway.proxy.ready.listen.split(":");
      const answer = await new Promise((resolve) => {
        let text = "";
        const socket = connect(Number(port), host, () => socket.end(head));
        socket.setEncoding("utf8").on("data", (data) => (text += data)).on("error", () => {}).on("close", () => resolve(text));
      });
      places.add("answers to clients", "broken requests", answer);
    }
  });

  test("admins make mistakes", async () => {
    const put = (config) => gateway.control.putConfig(config).then(() => assert.fail("was saved"), (error) => places.add("admin answers", "a refused configuration", error.text));
    const userinfo = () => `https://me:${canaries.plant("password in a URL")}@api.example/v1`;
    await put({ providers: [{ id: "p", base_url: userinfo() }] });
    await put({ providers: [{ id: "p", base_url: "https://api.example/v1", api_key: `two\nlines ${canaries.plant("refused key")}` }] });
    await put({ router: { mode: "llm", llm: { base_url: userinfo(), model: "m" } } });
    await put({ providers: [{ id: "p", base_url: "https://api.example/v1", api_key: [canaries.plant("key of the wrong type")] }] });
    await put({ gateway: { api_keys: { [canaries.plant("key as a name")]: "x" } } });
    await put({ gateway: { keys: [{ name: "", key: canaries.plant("refused gateway key") }] } });
    await put(`providers: [{id: p, base_url: "https://api.example", api_key: ${canaries.plant("key in broken YAML")}`);
    await put({ tracing: { headers: { authorization: { value: canaries.plant("refused header") } } } });
    const tryOut = async (provider) => places.add("admin answers", "TestProvider", await gateway.control.call("ProviderService/TestProvider", { provider: "p", source: { text: JSON.stringify({ providers: [provider] }) } }).catch((error) => error.text));
    await tryOut({ id: "p", base_url: userinfo() });
    await tryOut({ id: "p", base_url: lab.baseURL, api_key: canaries.plant("key on trial") });
    await tryOut({ id: "p", base_url: "http://127.0.0.1:1/v1", api_key: canaries.plant("key on trial") });
    const file = join(folder, "draft.yaml");
    writeFileSync(file, `providers:\n  - {id: p, base_url: "${userinfo()}", api_key: "${canaries.plant("key in a draft")}"}\n  - {id: p, base_url: 7, api_key: {x: "${canaries.plant("key in a draft")}"}}\n`);
    const { stdout, stderr } = run(binary("smartroute"), ["validate", file]);
    places.add("command line", "validate", stdout + stderr);
    // The playground carries what is typed there.
    for (const content of [shaped("key in the playground"), shaped("key in the playground")])
      await fetch(`http://${gateway.control.ready.admin}/admin/v1/playground/chat/completions`, { method: "POST", headers: { "content-type": "application/json", ...token }, body: JSON.stringify({ model: "p3/m", messages: [{ role: "user", content: `${marker} ${content}` }] }) }).then((answer) => answer.text());
  });

  test("everything is asked that can be asked", async () => {
    // Until the last of the requests is stored.
    await ask("p4/says", { headers: { "x-request-id": "the-last" }, keep: false });
    await until("the last record", async () => (await recordsOf(gateway)).some(({ requestId }) => requestId === "the-last"));
    const proto = readFileSync(new URL("../../proto/smartroute/v1/admin.proto", import.meta.url), "utf8");
    const methods = [...proto.matchAll(/^service (\w+) \{([\s\S]*?)^\}/gm)].flatMap(([, service, body]) => [...body.matchAll(/rpc (\w+)\(/g)].map(([, method]) => `${service}/${method}`));
    assert.ok(methods.length >= 40, `${methods.length}`);
    const records = await recordsOf(gateway);
    const all = { "LogService/ListRecords": [{ pageSize: 1000, signals: true }, { filter: { text: marker } }], "ConfigService/DiffRevisions": [{ from: "0", to: "1" }, { from: "1", to: "1" }, {}], "ConfigService/GetConfig": [{}, { revision: "1" }, { format: "yaml" }] };
    all["LogService/GetRecord"] = records.map(({ recordId }) => ({ recordId, signals: true }));
    all["ConfigService/ValidateConfig"] = [{ source: { text: JSON.stringify({ providers: [{ id: "p", base_url: "nowhere", api_key: providerKeys.inline[1] }] }) } }];
    all["StatsService/GetStats"] = ["", "tier", "model", "provider", "key", "error", "status", "category", "ending", "attempt"].map((dimension) => ({ dimension }));
    all["RoutingService/ReplayRoutes"] = [{ maxMoves: 1000, candidate: { text: JSON.stringify({ providers: [{ id: "p0", base_url: lab.baseURL }], tiers: { t2: { models: ["p0/m"] } } }) } }];
    all["RoutingService/ExplainRoute"] = [{}, { body: Buffer.from(JSON.stringify({ model: "auto", messages: [{ role: "user", content: marker }] })).toString("base64") }];
    const destructive = /^LogService\/PruneRecords$/;
    for (const method of methods) {
      if (destructive.test(method)) continue;
      for (const message of all[method] ?? [{}]) {
        const response = await fetch(`http://${gateway.control.ready.admin}/smartroute.admin.v1.${method}`, { method: "POST", headers: { "content-type": "application/json", ...token }, body: JSON.stringify(message) });
        const text = await response.text();
        places.add("admin answers", `${method} ${JSON.stringify(message).slice(0, 60)}`, JSON.stringify([...response.headers]) + text);
        if (method !== "LogService/GetRecord" || !response.ok) continue;
        const { record } = JSON.parse(text);
        for (const part of ["requestBody", "responseBody"]) if (record[part]) places.add("admin answers", `${part} of ${record.requestId}`, Buffer.from(record[part], "base64"));
      }
    }
    const get = async (kind, url, headers = {}) => {
      const response = await fetch(url, { headers });
      const bytes = Buffer.from(await response.arrayBuffer());
      places.add(kind, url.replace(/^http:\/\/[^/]*/, ""), Buffer.concat([Buffer.from(JSON.stringify([...response.headers])), bytes]));
      return bytes.toString();
    };
    const { admin, control_ops: ops } = gateway.control.ready;
    for (const path of ["/", "/set-up", "/assets", "/admin/v1", "/admin/v1/playground/models", "/smartroute.admin.v1.ConfigService/GetConfig", "/nothing"]) await get("admin pages", `http://${admin}${path}`, token);
    for (const query of ["format=csv", "format=jsonl", "format=jsonl&bodies=true", "format=nonsense"]) {
      const text = await get("exports", `http://${admin}/admin/v1/logs/export?${query}`, token);
      if (!query.includes("bodies")) continue;
      for (const line of text.trim().split("\n")) for (const part of ["requestBody", "responseBody"]) if (JSON.parse(line)[part]) places.add("exports", `${part}`, Buffer.from(JSON.parse(line)[part], "base64"));
    }
    for (const address of [ops, gateway.proxy.ready.proxy_ops]) for (const path of ["/metrics", "/livez", "/readyz", "/nothing"]) await get("metrics and probes", `http://${address}${path}`);
    const cli = (args) => {
      const { status, stdout, stderr } = run(binary("smartroute"), args, { env: { PATH: process.env.PATH, HOME: folder, SMARTROUTE_ADMIN: admin, SMARTROUTE_ADMIN_TOKEN: gateway.control.token, SMARTROUTE_STATE: gateway.control.state } });
      assert.ok(args[0] === "doctor" || status === 0, `${args.join(" ")}: ${stderr}`); // a doctor may find something
      places.add("command line", args.join(" "), stdout + stderr);
    };
    for (const args of [["logs"], ["logs", "-o", "json"], ["stats"], ["health"], ["route", "explain", "--text", marker], ["config", "show"], ["config", "history"], ["config", "export"], ["providers", "list"], ["doctor"], ["doctor", "-o", "json"]]) cli(args);
    places.add("tail", "WebSocket", tail.messages);
    places.add("terminal", "WebSocket", terminal.messages);
    assert.ok(tail.records.length > 50 && terminal.messages.length > 0);
  });

  test("the control plane is away, and records wait in files", async () => {
    await gateway.control.stop();
    for (let i = 0; i < 6; ++i) await ask(`p${i}/${i % 2 ? "says" : "e401"}`, { content: `${marker} ${shaped("key in a spooled prompt")}`, keep: false });
    await until("they are in the spool", () => filesBelow(gateway.proxy.state).some(([, bytes]) => bytes.includes(marker)));
    for (const [path, bytes] of filesBelow(gateway.proxy.state)) places.add("files of the proxy", path, bytes);
    await gateway.control.start();
  });

  test("processes end in every way", async () => {
    const about = (pid, name) => readFileSync(`/proc/${pid}/${name}`);
    for (const child of [gateway.control, gateway.proxy]) {
      places.add("arguments", child.name, about(child.pid, "cmdline"));
      assert.match(about(child.pid, "limits").toString(), /^Max core file size +0 +0 /m, child.name);
    }
    places.add("environment of the proxy", "environ", about(gateway.proxy.pid, "environ"));
    await gateway.proxy.restart();           // drains: spans and records go out
    await until("spans came", () => traces.bodies.length > 0);
    for (const child of [gateway.proxy, gateway.control]) await child.stop("SIGSEGV"); // a crash
    for (const child of [gateway.proxy, gateway.control]) {
      assert.equal(child.exit.signal, "SIGSEGV");
      places.add("what processes say", child.name, child.log);
      assert.ok(!/core dumped/i.test(child.log));
    }
    const cores = (folder) => readdirSync(folder).filter((name) => /^core(\.|$)/.test(name));
    for (const where of [process.cwd(), gateway.folder, gateway.control.state, gateway.proxy.state]) assert.deepEqual(cores(where), [], where);
    for (const [path, bytes] of filesBelow(gateway.control.state)) places.add("files of the control plane", path, bytes);
    for (const [path, bytes] of filesBelow(gateway.proxy.state)) places.add("files of the proxy", path, bytes);
    for (const name of readdirSync(gateway.folder).filter((name) => name.endsWith(".json"))) places.add("ready files", name, readFileSync(join(gateway.folder, name)));
    for (const [i, body] of traces.bodies.entries()) places.add("spans", `batch ${i}`, body);
  });

  test("none of them is anywhere", (t) => {
    t.diagnostic(`${canaries.size} canaries: ${Object.entries(canaries.kinds).map(([kind, count]) => `${count} ${kind}`).join(", ")}`);
    for (const [kind, count, bytes] of places.summary) t.diagnostic(`${kind}: ${count} places, ${bytes} bytes`);
    assert.ok(canaries.size >= 200, `${canaries.size} canaries`);
    for (const [kind, , bytes] of places.summary) assert.ok(bytes > 0, `${kind}: nothing was read`);
    // Where prompts go, what is no secret is found: so would be what is.
    for (const kind of ["admin answers", "exports", "files of the control plane", "files of the proxy", "spans", "tail", "terminal"]) assert.ok(places.holds(kind, marker), `the marker is not in: ${kind}`);
    const hits = places.hits(canaries);
    const told = new Set(hits.map((hit) => hit.replace(/^([^:]*):.*/s, "$1"))); // which kind in which kind of place
    assert.deepEqual([...told], [], `${hits.length} hits: ${hits.slice(0, 10).join("\n")}`);
  });
});

// smartroute up starts both planes: what it is told by its environment reaches the one that needs it, by no argument.
test("up hands no secret to the proxy, and none by argument", async () => {
  const folder = mkdtempSync(join(tmpdir(), "smartroute-up-canaries-"));
  const secrets = { OPENAI_API_KEY: `sk-${letters(40)}`, DEEPSEEK_API_KEY: `sk-${letters(32)}`, SMARTROUTE_MASTER_KEY: letters(64, "0123456789abcdef"), SOMEBODYS_TOKEN: letters(30) };
  const ready = join(folder, "ready.json");
  const ports = ["--listen", "--admin", "--proxy-ops", "--control-ops"].flatMap((flag) => [flag, "127.0.0.1:0"]);
  const child = spawn(binary("smartroute"), ["up", ...ports, "--state", join(folder, "state"), "--ready-file", ready], { env: { PATH: process.env.PATH, HOME: folder, ...secrets }, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const pipe of [child.stdout, child.stderr]) pipe.setEncoding("utf8").on("data", (text) => (said += text));
  const ended = new Promise((resolve) => child.on("close", resolve));
  try {
    await until("up is ready", () => {
      if (child.exitCode !== null) throw new Error(said);
      return existsSync(ready);
    });
    const pids = readdirSync(`/proc/${child.pid}/task`).flatMap((task) => readFileSync(`/proc/${child.pid}/task/${task}/children`, "utf8").split(" ").filter(Boolean));
    const programs = Object.fromEntries(pids.map((pid) => [/smartroute-(\w+)/.exec(readFileSync(`/proc/${pid}/cmdline`, "utf8"))[1], pid]));
    assert.deepEqual(Object.keys(programs).sort(), ["control", "proxy"]);
    const holds = (pid, name, secret) => readFileSync(`/proc/${pid}/${name}`).includes(secret);
    for (const [name, secret] of Object.entries(secrets)) {
      for (const pid of [child.pid, ...pids]) assert.ok(!holds(pid, "cmdline", secret), `${name} is an argument`);
      assert.ok(!holds(programs.proxy, "environ", secret), `${name} is in the proxy's environment`);
      assert.ok(!said.includes(secret), `${name} is on the screen`);
    }
    assert.ok(holds(programs.control, "environ", secrets.OPENAI_API_KEY), "the control plane resolves it");
  } finally {
    child.kill("SIGINT");
    await ended;
    rmSync(folder, { recursive: true, force: true });
  }
});
