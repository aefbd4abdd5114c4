// TestProvider: one provider of a configuration that need not be saved is called, and a sentence says what came of it.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after, before } from "node:test";

import { Gateway, filesBelow, run } from "./lib/world.mjs";

const key = "stored-key-of-no-shape-at-all-4711";
const folder = mkdtempSync(join(tmpdir(), "smartroute-provider-"));
const asked = []; // {path, method, authorization, extra}
const answers = []; // everything that TestProvider said
let server;
let tls;
let gateway;
let origin;

// Wants the key; /v1 lists, /no-list has chat completions only, /echo repeats what it was sent.
function serve(request, response) {
  asked.push({ path: request.url, method: request.method, authorization: request.headers.authorization, extra: request.headers["x-extra"] });
  const say = (status, body, headers = {}) => response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
  if (request.url.startsWith("/hang/")) return;
  if (request.url.startsWith("/echo/")) return say(500, { error: { message: `what is ${request.headers.authorization}?` } }, { "x-echo": request.headers.authorization });
  if (request.headers.authorization !== `Bearer ${key}`) return say(401, { error: { message: `Incorrect API key provided: ${request.headers.authorization}` } });
  if (request.url === "/v1/models") return say(200, { object: "list", data: [{ id: "small" }, { id: "large" }, { id: key }] });
  if (request.url === "/no-list/chat/completions") return say(400, { error: { message: "messages are missing" } });
  if (request.url === "/moved/models") return say(302, {}, { location: "https://elsewhere.example/v1/models" });
  say(404, { error: { message: "not found" } });
}

const provider = (id, base_url, more = {}) => ({ id, protocol: "openai", base_url, api_key: key, ...more });

async function tryOut(message) {
  const answer = await gateway.control.call("ProviderService/TestProvider", message);
  answers.push(answer);
  return { ok: false, step: "", message: "", status: 0, models: [], ...answer };
}
// The one provider of an unsaved draft.
const draft = (base_url, more = {}) => tryOut({ provider: "p", source: { text: JSON.stringify({ providers: [provider("p", base_url, more)] }) } });

before(async () => {
  server = createServer(serve);
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${server.address().port}`;
  const made = run("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", join(folder, "tls.key"), "-out", join(folder, "tls.pem")]);
  assert.equal(made.status, 0, made.stderr);
  tls = createTlsServer({ key: readFileSync(join(folder, "tls.key")), cert: readFileSync(join(folder, "tls.pem")) }, serve);
  await new Promise((resolve) => tls.listen(0, "127.0.0.1", resolve));
  gateway = await new Gateway({
    mocks: [],
    proxies: 0,
    config: {
      providers: [provider("saved", `${origin}/v1`), provider("referring", `${origin}/v1`, { api_key: "${NOT_SET_ANYWHERE}" })],
      tiers: { t2: { models: ["saved/small"] } },
      router: { mode: "keyword", default_tier: "t2" },
    },
  }).start();
});
after(async () => {
  await gateway?.stop();
  server?.closeAllConnections();
  server?.close();
  tls?.closeAllConnections();
  tls?.close();
  rmSync(folder, { recursive: true, force: true });
});

test("a provider that is right lists its models", async () => {
  const answer = await tryOut({ provider: "saved" });
  assert.equal(answer.ok, true);
  assert.equal(answer.step, "models");
  assert.equal(answer.status, 200);
  assert.deepEqual(answer.models, ["small", "large", "[key]"]);
  assert.equal(answer.address, origin.slice("http://".length));
  assert.ok(answer.connectMs > 0 && answer.firstByteMs > 0);
  assert.match(answer.message, /3 models/);
});

test("a hint in a draft stands for the stored key, as a text and as a message", async () => {
  const { config } = await gateway.control.call("ConfigService/GetConfig");
  assert.ok(config.providers[0].apiKey.hint.endsWith(key.slice(-4)));
  asked.length = 0;
  const asMessage = await tryOut({ provider: "saved", source: { config } });
  assert.equal(asMessage.ok, true, asMessage.message);
  const text = JSON.stringify({ providers: [provider("saved", `${origin}/v1`, { api_key: config.providers[0].apiKey.hint, headers: { "x-extra": "yes" } })] });
  const asText = await tryOut({ provider: "saved", source: { text } });
  assert.equal(asText.ok, true, asText.message);
  assert.deepEqual(asked.map(({ path, authorization, extra }) => [path, authorization, extra]), [
    ["/v1/models", `Bearer ${key}`, undefined],
    ["/v1/models", `Bearer ${key}`, "yes"],
  ]);
});

test("a hint that stands for nothing is said to", async () => {
  const answer = await draft(`${origin}/v1`, { api_key: "…zzzz" });
  assert.equal(answer.ok, false);
  assert.equal(answer.step, "secret");
});

test("what is wrong elsewhere in the draft does not matter", async () => {
  const text = JSON.stringify({ providers: [provider("p", `${origin}/v1`), { id: "broken", base_url: "nonsense" }], tiers: { t1: { models: ["nobody/nothing"] } }, router: { mode: "llm" } });
  assert.equal((await tryOut({ provider: "p", source: { text } })).ok, true);
  const broken = await tryOut({ provider: "broken", source: { text } });
  assert.equal(broken.step, "address");
  assert.match(broken.message, /base_url/);
});

test("each way to fail has its step and its sentence", async () => {
  const closed = createServer();
  await new Promise((resolve) => closed.listen(0, "127.0.0.1", resolve));
  const free = closed.address().port;
  await new Promise((resolve) => closed.close(resolve));
  const rows = [
    { of: [`${origin}/v1`, { api_key: "a-wrong-key-of-somebody" }], step: "answer", status: 401, says: /refused the key/ },
    { of: [`${origin}/v1`, { api_key: "" }], step: "answer", status: 401, says: /none is configured/ },
    { of: [origin], step: "answer", status: 404, says: /lacks \/v1/ },
    { of: [`${origin}/no-list`], step: "answer", status: 404, ok: true, says: /chat completions are there/ },
    { of: [`${origin}/moved`], step: "answer", status: 302, says: /elsewhere\.example/ },
    { of: [`http://127.0.0.1:${free}/v1`], step: "connect", status: 0, says: /whether the server runs/ },
    { of: ["http://no-such-provider.invalid/v1"], step: "address", status: 0, says: /does not resolve/ },
    { of: ["http://169.254.169.254/latest"], step: "address", status: 0, says: /./ },
    { of: [`https://127.0.0.1:${tls.address().port}/v1`], step: "tls", status: 0, says: /tls_ca_file/ },
    { of: [`https://127.0.0.1:${server.address().port}/v1`], step: "tls", status: 0, says: /http:\/\// },
    { of: [`${origin}/v1`, { api_key: "${NOT_SET_ANYWHERE}" }], step: "secret", status: 0, says: /NOT_SET_ANYWHERE/ },
  ];
  for (const { of, step, status, ok = false, says } of rows) {
    const answer = await draft(...of);
    assert.deepEqual({ step: answer.step, status: answer.status, ok: answer.ok }, { step, status, ok }, `${of}: ${answer.message}`);
    assert.match(answer.message, says);
  }
  assert.equal((await tryOut({ provider: "referring" })).step, "secret");
});

test("TLS is told by version and cipher, with an authority of one's own or without a check", async () => {
  const url = `https://127.0.0.1:${tls.address().port}/v1`;
  for (const more of [{ tls_ca_file: join(folder, "tls.pem") }, { tls_verify: false }]) {
    const answer = await draft(url, more);
    assert.equal(answer.ok, true, answer.message);
    assert.match(answer.tls, /^TLSv1\.[23] /);
  }
});

test("what a provider repeats is not repeated", async () => {
  const answer = await draft(`${origin}/echo`);
  assert.match(answer.message, /what is/);
  assert.ok(!answer.message.includes(key), answer.message);
});

test("a name that is nearly right is told the right one", async () => {
  await assert.rejects(tryOut({ provider: "savd" }), (error) => error.status === 404 && /saved/.test(error.text));
});

test("one test of a caller at a time, and a control plane that stops waits for none", async () => {
  asked.length = 0;
  const first = draft(`${origin}/hang`).catch((error) => error);
  while (!asked.some(({ path }) => path.startsWith("/hang/"))) await new Promise((resolve) => setImmediate(resolve));
  await assert.rejects(tryOut({ provider: "saved" }), (error) => error.status === 429 && /one at a time/.test(error.text));
  await gateway.control.stop();
  await first;
  await gateway.control.start();
});

test("the key is in no answer, no log line and no file", async () => {
  const needles = [key, "a-wrong-key-of-somebody"];
  const told = [JSON.stringify(answers), gateway.logs()];
  for (const needle of needles) {
    for (const text of told) assert.ok(!text.includes(needle), needle);
    for (const [path, bytes] of filesBelow(gateway.control.state)) assert.ok(!bytes.includes(needle), path);
  }
});
