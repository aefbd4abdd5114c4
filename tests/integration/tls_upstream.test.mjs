// Providers behind TLS: with a certificate that holds all is well, with any other not one byte of a request leaves.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:tls";
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after, before } from "node:test";

import { Gateway, Mock, chatFetch, metricsOf, run, until } from "./lib/world.mjs";

const folder = mkdtempSync(join(tmpdir(), "smartroute-tls-"));
const path = (name) => join(folder, name);
const key = "sk-never-to-leave";

function openssl(...args) {
  const { status, stderr } = run("openssl", args);
  if (status !== 0) throw new Error(`openssl ${args.join(" ")}: ${stderr}`);
}

function authority(name) {
  openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", `/CN=${name}`, "-keyout", path(`${name}.key`), "-out", path(`${name}.pem`));
}

// A leaf for `subject` (a subjectAltName), signed by `by`; `days` may be negative.
function leaf(name, by, subject, days = 2) {
  openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", `/CN=${name}`, "-keyout", path(`${name}.key`), "-out", path(`${name}.csr`));
  writeFileSync(path(`${name}.ext`), `subjectAltName=${subject}\n`);
  openssl("x509", "-req", "-in", path(`${name}.csr`), "-CA", path(`${by}.pem`), "-CAkey", path(`${by}.key`), "-CAcreateserial", "-days", String(days), "-extfile", path(`${name}.ext`), "-out", path(`${name}.pem`));
}

const rogues = ["expired", "foreign", "wrong-name", "wrong-address", "self-signed"];
const mocks = {};
let gateway;
let sniServer;
let sniSeen = [];

before(async () => {
  authority("root");
  authority("stranger");
  leaf("good", "root", "DNS:localhost,IP:127.0.0.1");
  leaf("expired", "root", "DNS:localhost,IP:127.0.0.1", -1);
  leaf("foreign", "stranger", "DNS:localhost,IP:127.0.0.1");
  leaf("wrong-name", "root", "DNS:localhost.evil.example,DNS:*.localhost");
  leaf("wrong-address", "root", "IP:127.0.0.2,DNS:127.0.0.1");
  openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", path("self-signed.key"), "-out", path("self-signed.pem"));
  for (const name of ["good", ...rogues]) mocks[name] = new Mock(folder, name, { scheme: "http", args: ["--tls-cert", path(`${name}.pem`), "--tls-key", path(`${name}.key`)] });
  await Promise.all(Object.values(mocks).map((mock) => mock.start()));
  // A server that notes the name it was called by, and holds no certificate for any other.
  sniServer = createServer({ cert: readFileSync(path("good.pem")), key: readFileSync(path("good.key")), SNICallback: (name, done) => (sniSeen.push(name), done(null)) }, (socket) => socket.end());
  sniServer.on("tlsClientError", () => {});
  await new Promise((resolve) => sniServer.listen(0, "127.0.0.1", resolve));
  const base = (name, host = "localhost") => `https://${host}:${mocks[name].ready.listen.split(":").at(-1)}/v1`;
  const provider = (id, base_url, more) => ({ id, protocol: "openai", base_url, api_key: key, tls_ca_file: path("root.pem"), ...more });
  gateway = new Gateway({
    mocks: [],
    config: {
      providers: [
        provider("good", base("good")),
        provider("good-by-address", base("good", "127.0.0.1")),
        provider("untrusted", base("good"), { tls_ca_file: "" }),
        provider("no-ca-file", base("good"), { tls_ca_file: path("is-not-there.pem") }),
        provider("unverified", base("self-signed"), { tls_verify: false }),
        provider("sni", `https://localhost:${sniServer.address().port}/v1`),
        ...rogues.map((name) => provider(name, base(name, name === "wrong-address" ? "127.0.0.1" : "localhost"))),
        provider("plain-behind-tls", `https://127.0.0.1:1/v1`),
      ],
      tiers: { t1: { models: ["expired/a", "wrong-name/b", "good/c"] } },
      router: { mode: "keyword", default_tier: "t1" },
    },
  });
  await gateway.start();
});
after(async () => {
  sniServer?.close();
  try {
    await gateway?.stop();
  } finally {
    for (const mock of Object.values(mocks)) await mock.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});

// The mock's own admin API cannot be asked with fetch over a rogue certificate, so its word is fetched with curl -k.
function requestsAt(name) {
  const { status, stdout, stderr } = run("curl", ["-sk", `https://${mocks[name].ready.listen}/__mock/requests`]);
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout);
}

test("a provider with a certificate of the configured authority serves, plain and streamed, over a kept connection", async () => {
  for (let i = 0; i < 10; ++i)
    for (const stream of [false, true]) {
      const answer = await chatFetch(gateway.baseURL, { model: "good/m", stream });
      assert.equal(answer.status, 200);
      assert.match(await answer.text(), stream ? /data: \[DONE\]\n\n$/ : /Hello from m/);
    }
  assert.ok((await metricsOf(gateway.proxy.ready.proxy_ops)).value("smartroute_upstream_connections_reused_total") >= 16);
  const seen = requestsAt("good");
  assert.equal(seen.length, 20);
  assert.ok(seen.every(({ headers }) => headers.some(([name, value]) => name.toLowerCase() === "authorization" && value === `Bearer ${key}`)));
});

test("an address is checked against the addresses of the certificate", async () => {
  const answer = await chatFetch(gateway.baseURL, { model: "good-by-address/m" });
  assert.equal(answer.status, 200, await answer.text());
});

test("the provider's name is sent with the handshake", async () => {
  await (await chatFetch(gateway.baseURL, { model: "sni/m" })).text();
  await until("a name was seen", () => sniSeen.length > 0);
  assert.deepEqual([...new Set(sniSeen)], ["localhost"]);
});

for (const name of rogues)
  test(`a certificate that is ${name} gets no request and the client a 502`, async () => {
    for (let i = 0; i < 20; ++i) {
      const answer = await chatFetch(gateway.baseURL, { model: `${name}/m`, stream: i % 2 === 1 });
      assert.equal(answer.status, 502);
      const text = await answer.text();
      assert.equal(JSON.parse(text).error.code, "upstream_unreachable");
      assert.doesNotMatch(text, new RegExp(`${key}|127\\.0\\.0\\.1|pem`));
    }
    assert.deepEqual(requestsAt(name), []);
  });

test("without the authority in the system's store, or with a CA file that is not there, there is no connection", async () => {
  const before = requestsAt("good").length;
  for (const model of ["untrusted/m", "no-ca-file/m", "plain-behind-tls/m"]) assert.equal((await chatFetch(gateway.baseURL, { model })).status, 502, model);
  assert.equal(requestsAt("good").length, before);
});

test("tls_verify: false is obeyed, and warned of", async () => {
  assert.equal((await chatFetch(gateway.baseURL, { model: "unverified/m" })).status, 200);
  const { problems } = await gateway.control.call("ConfigService/ValidateConfig", { source: { text: JSON.stringify(gateway.options.config) } });
  const warning = problems.find(({ path }) => path === "providers[4].tls_verify");
  assert.equal(warning?.severity, "SEVERITY_WARNING");
});

test("a tier passes by the rogues and is served by the good one", async () => {
  const answer = await chatFetch(gateway.baseURL, { model: "t1" });
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get("x-smartroute-model"), "good/c");
  assert.equal(answer.headers.get("x-smartroute-attempts"), "3");
});

test("attempts that failed at the certificate are counted as such", async () => {
  const metrics = await metricsOf(gateway.proxy.ready.proxy_ops);
  for (const name of rogues) assert.ok(metrics.value("smartroute_upstream_attempts_total", { provider: name, outcome: "tls_failed" }) >= 20, name);
});
