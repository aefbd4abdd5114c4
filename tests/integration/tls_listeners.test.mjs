// TLS at the proxy's own door: what is spoken, what is refused, certificates that are replaced under way, and ends that nobody takes for a
// truncation.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after, describe } from "node:test";

import { OpenAI } from "../conformance/lib/clients.mjs";
import { Authority, MountedSecret } from "./lib/certificates.mjs";
import { fingerprintOf, shownAt, sslClient, tlsConnect, tlsFetch } from "./lib/tls.mjs";
import { ask, binary, eventsOf, metricsOf, plainConfig, run, until, useGateway } from "./lib/world.mjs";

const folder = mkdtempSync(join(tmpdir(), "smartroute-tls-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const authority = new Authority(folder, "root");
const ca = authority.pem;
const caFile = join(folder, "root.pem");
writeFileSync(caFile, ca);
const newPair = () => {
  const { cert, key } = authority.issue("DNS:localhost,IP:127.0.0.1");
  return { "tls.crt": cert, "tls.key": key };
};
const api = new MountedSecret(join(folder, "api"), newPair());
const tell = (behaviour) => ({ stream: true, messages: [{ role: "user", content: `[[mock: ${JSON.stringify(behaviour)}]]` }] });
const json = { "content-type": "application/json" };
const post = (fields) => ({ method: "POST", headers: json, body: ask(fields) });

const client = (address, args, bytes) => sslClient(address, caFile, args, bytes);

describe("the proxy's door", () => {
  const gateway = useGateway({
    config: ({ mock }) => plainConfig(mock.baseURL, { limits: { drain_accept: "200ms", drain_timeout: "3s" } }),
    proxyArgs: ["--tls-listen", "127.0.0.1:0", "--tls-cert", api.path("tls.crt"), "--tls-key", api.path("tls.key")],
  });
  const door = () => gateway.proxy.ready.listeners.find((place) => place.startsWith("https://")).slice("https://".length);
  const baseURL = () => `https://localhost:${door().split(":").at(-1)}/v1`;
  const chatOver = (fetch, fields) => fetch(`${baseURL()}/chat/completions`, post(fields));
  const metric = async (name, labels) => (await metricsOf(gateway.proxy.ready.proxy_ops)).value(name, labels);
  const handshakes = (result) => metric("smartroute_tls_handshakes_total", { result });

  test("serves node, curl and the OpenAI SDK, whole and streamed", async () => {
    const fetch = tlsFetch(ca);
    assert.equal((await (await chatOver(fetch)).json()).object, "chat.completion");
    assert.equal(eventsOf(await (await chatOver(fetch, tell({ events: 50 }))).text()).at(-1), "[DONE]");
    const curl = run("curl", ["-sSN", "--cacert", caFile, "-H", "content-type: application/json", `${baseURL()}/chat/completions`, "-d", ask(tell({ events: 20 }))]);
    assert.deepEqual([curl.status, eventsOf(curl.stdout).at(-1)], [0, "[DONE]"], curl.stderr);
    const sdk = new OpenAI({ baseURL: baseURL(), apiKey: "none", fetch, maxRetries: 0 });
    let text = "";
    for await (const chunk of await sdk.chat.completions.create({ model: "auto", messages: [{ role: "user", content: "hi" }], stream: true })) text += chunk.choices[0]?.delta?.content ?? "";
    assert.match(text, /Hello/);
    assert.equal((await gateway.proxy.ops("/readyz")).status, 200);
    assert.equal((await globalThis.fetch(`${gateway.baseURL}/models`)).status, 200, "the plain door is there as well");
  });

  test("keeps a connection for several requests, and takes a large body", async () => {
    const socket = await tlsConnect(door(), ca);
    let text = "";
    socket.setEncoding("utf8").on("data", (data) => (text += data));
    for (let i = 1; i <= 3; ++i) {
      socket.write("GET /v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n");
      await until("its answer", () => text.split("HTTP/1.1 200").length - 1 === i && text.endsWith("}"));
    }
    socket.destroy();
    const large = await (await chatOver(tlsFetch(ca), { messages: [{ role: "user", content: "x".repeat(3 << 20) }] })).json();
    assert.equal(large.object, "chat.completion");
  });

  test("speaks TLS 1.2 and 1.3 with AEAD ciphers, HTTP/1.1, and nothing else", async () => {
    const weak = "@SECLEVEL=0";
    const rows = [
      ["TLS 1.3", ["-tls1_3"], true],
      ["TLS 1.2, AES-GCM", ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"], true],
      ["TLS 1.2, ChaCha20", ["-tls1_2", "-cipher", "ECDHE-ECDSA-CHACHA20-POLY1305"], true],
      ["HTTP/1.1 among others", ["-alpn", "h2,http/1.1"], true],
      ["TLS 1.1", ["-tls1_1", "-cipher", `ALL${weak}`], false],
      ["TLS 1.0", ["-tls1", "-cipher", `ALL${weak}`], false],
      ["TLS 1.2, CBC", ["-tls1_2", "-cipher", `ECDHE-ECDSA-AES128-SHA256:ECDHE-ECDSA-AES256-SHA${weak}`], false],
      ["TLS 1.2, no forward secrecy", ["-tls1_2", "-cipher", `AES128-GCM-SHA256${weak}`], false],
      ["HTTP/2 only", ["-alpn", "h2"], false],
    ];
    for (const [name, args, spoken] of rows) {
      const { text } = await client(door(), args);
      assert.equal(/Verify return code: 0/.test(text) && /Cipher is (?!\(NONE\))/.test(text), spoken, `${name}: ${text}`);
      if (spoken) assert.match(text, /Cipher is \S*(GCM|POLY1305)/);
    }
    assert.match((await client(door(), ["-alpn", "h2,http/1.1"])).text, /ALPN protocol: http\/1\.1/);
    assert.ok((await handshakes("failed")) >= 5);
  });

  test("tells plain HTTP what it is", async () => {
    const answer = await fetch(`http://${door()}/v1/models`);
    assert.equal(answer.status, 400);
    assert.deepEqual([(await answer.json()).error.code, answer.headers.get("connection")], ["tls_required", "close"]);
    assert.equal(await handshakes("plain_http"), 1);
  });

  test("hundreds that connect and say nothing keep nobody out", async () => {
    const [host, port] = door().split(":");
    const silent = Array.from({ length: 400 }, () => connect(Number(port), host).on("error", () => {}));
    await Promise.all(silent.map((socket) => new Promise((resolve) => socket.once("connect", resolve))));
    for (let i = 0; i < 3; ++i) assert.equal((await (await chatOver(tlsFetch(ca))).json()).object, "chat.completion");
    for (const socket of silent) socket.destroy();
    await until("their places are free", async () => (await handshakes("left")) + (await handshakes("crowded_out")) >= 400);
  });

  test("a new certificate is seen by new connections, and 50 streams go on", async () => {
    const before = fingerprintOf(readFileSync(api.path("tls.crt")));
    assert.equal(await shownAt(door(), ca), before);
    const streams = Array.from({ length: 50 }, async () => eventsOf(await (await chatOver(tlsFetch(ca), tell({ events: 60, pace_ms: 50 }))).text()));
    await until("all run", async () => (await metric("smartroute_model_requests_in_flight")) === 50);
    const pair = newPair();
    api.swap(pair);
    await until("the new one is shown", async () => (await shownAt(door(), ca)) === fingerprintOf(pair["tls.crt"]));
    assert.equal(await metric("smartroute_model_requests_in_flight"), 50, "they began before it");
    for (const events of await Promise.all(streams)) assert.deepEqual([events.length, events.at(-1)], [63, "[DONE]"]);
    assert.equal(await metric("smartroute_tls_certificate_loads_total", { result: "replaced" }), 1);
    const ends = Date.now() / 1000 + 86_400;
    assert.ok(Math.abs((await metric("smartroute_certificate_expiry_seconds", { peer: "client" })) - ends) < 300);
  });

  test("a bad certificate changes nothing but the log", async () => {
    const good = await shownAt(door(), ca);
    api.swap({ ...newPair(), "tls.key": newPair()["tls.key"] });
    await until("it is told", () => /the one before stays: the TLS key file .*tls\.key: is not the key of the certificate/.test(gateway.proxy.log));
    assert.equal(await metric("smartroute_tls_certificate_loads_total", { result: "refused" }), 1);
    assert.equal(await shownAt(door(), ca), good);
    const next = newPair();
    api.swap(next);
    await until("the next good one is shown", async () => (await shownAt(door(), ca)) === fingerprintOf(next["tls.crt"]));
  });

  test("SIGTERM: each stream ends whole or with an error event, and then with close_notify", async () => {
    const { pid } = gateway.proxy;
    const body = (events) => ask(tell({ events, pace_ms: 20 }));
    const asked = (text) => `POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
    const streams = Array.from({ length: 40 }, async (_, i) => {
      const socket = await tlsConnect(door(), ca);
      const parts = [];
      socket.on("data", (part) => parts.push(part));
      socket.write(asked(body(i % 2 === 0 ? 100 : -1)));
      await new Promise((resolve) => socket.once("close", resolve));
      return Buffer.concat(parts).toString();
    });
    // s_client complains of an end without close_notify.
    const told = ["-quiet", "-ign_eof"];
    const watched = [client(door(), told, asked(body(100))), client(door(), told, asked(body(-1)))];
    await until("all run", async () => (await metric("smartroute_model_requests_in_flight")) === 42);
    process.kill(pid, "SIGTERM");
    for (const [i, text] of (await Promise.all(streams)).entries()) {
      assert.match(text, /^HTTP\/1\.1 200 OK/);
      if (i % 2 === 0) assert.ok(text.endsWith("0\r\n\r\n") && text.includes("data: [DONE]"), text.slice(-300));
      else assert.ok(/shutting_down/.test(text.slice(-400)) && !text.endsWith("0\r\n\r\n") && !text.includes("[DONE]"), text.slice(-300));
    }
    for (const { text } of await Promise.all(watched)) assert.doesNotMatch(text, /unexpected eof|error:/i);
    assert.deepEqual(await gateway.proxy.ended, { code: 0, signal: null });
    await gateway.proxy.start();
  });
});

describe("a start that cannot be", () => {
  const files = new MountedSecret(join(folder, "start"), { ...newPair(), "other.key": newPair()["tls.key"] });
  const proxy = (...args) => run(binary("smartroute-proxy"), ["--ops", "127.0.0.1:0", "--control", `unix:${folder}/none.sock`, ...(args.includes("--listen") ? [] : ["--listen", "none"]), ...args], { timeout: 10_000 });
  const listen = ["--tls-listen", "127.0.0.1:0"];
  const rows = [
    ["another one's key", [...listen, "--tls-cert", files.path("tls.crt"), "--tls-key", files.path("other.key")], /the TLS key file .*other\.key: is not the key of the certificate/],
    ["no such file", [...listen, "--tls-cert", files.path("tls.crt"), "--tls-key", `${folder}/gone.key`], /cannot read the TLS key file .*gone\.key: No such file/],
    ["no certificate at all", listen, /--tls-listen needs --tls-cert FILE and --tls-key FILE/],
    ["a certificate for nobody", ["--listen", "127.0.0.1:0", "--tls-cert", files.path("tls.crt"), "--tls-key", files.path("tls.key")], /nothing listens with TLS/],
    ["TLS on a Unix socket", ["--tls-listen", `unix:${folder}/a.sock`], /a Unix socket needs no TLS/],
  ];
  for (const [name, args, says] of rows)
    test(`${name} is one sentence and exit code 1`, () => {
      const { status, stderr } = proxy(...args);
      assert.equal(status, 1);
      assert.match(stderr, says);
      assert.equal(stderr.trim().split("\n").length, 1, stderr);
    });
});
