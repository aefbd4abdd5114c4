// TLS at the dashboard's door: HTTPS and WSS, the cookie that is bound to them, a certificate that is replaced, and the command line through it.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after, describe } from "node:test";

import { Authority, MountedSecret } from "./lib/certificates.mjs";
import { fingerprintOf, shownAt, sslClient, tlsConnect, tlsFetch } from "./lib/tls.mjs";
import { WebSocketClient } from "./lib/websocket.mjs";
import { binary, metricsOf, plainConfig, run, until, useGateway } from "./lib/world.mjs";

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
const admin = new MountedSecret(join(folder, "admin"), newPair());
const json = { "content-type": "application/json" };

describe("the dashboard's door", () => {
  const gateway = useGateway({
    owner: "file",
    config: ({ mock }) => plainConfig(mock.baseURL),
    controlArgs: ["--admin-tls-cert", admin.path("tls.crt"), "--admin-tls-key", admin.path("tls.key")],
  });
  const door = () => gateway.control.ready.admin;
  const origin = () => `https://localhost:${door().split(":").at(-1)}`;
  const fetch = tlsFetch(ca);
  const call = (method, message = {}, headers = {}) =>
    fetch(`${origin()}/smartroute.admin.v1.${method}`, { method: "POST", headers: { ...json, ...headers }, body: JSON.stringify(message) });
  const cli = (...args) => run(binary("smartroute"), [...args, "--admin", origin(), "--token", gateway.control.token], { timeout: 20_000, env: { ...process.env, SMARTROUTE_ADMIN_CA: caFile, NO_COLOR: "1" } });

  test("answers over HTTPS only, and promises so to whoever calls it by a name", async () => {
    assert.equal((await fetch(`${origin()}/`)).status, 200);
    const asked = (host) => tlsFetch(ca, { servername: "localhost" })(`${origin()}/`, { headers: { host } });
    assert.equal((await asked("gw.example:6688")).headers.get("strict-transport-security"), "max-age=31536000");
    assert.equal((await asked("localhost:6688")).headers.get("strict-transport-security"), null, "other programs live on this machine");
    const plain = await globalThis.fetch(`http://${door()}/`);
    assert.deepEqual([plain.status, (await plain.json()).message], [400, "this port speaks TLS: call it with https://"]);
    assert.match((await sslClient(door(), caFile, ["-tls1_1", "-cipher", "ALL@SECLEVEL=0"])).text, /alert protocol version|no protocols available/i);
    assert.equal((await globalThis.fetch(`http://${gateway.control.ready.control_ops}/readyz`)).status, 200, "the ops port stays plain");
    assert.doesNotMatch(gateway.control.log, /without TLS/);
  });

  test("its cookie is bound to the host and to TLS, and its pages to their scheme", async () => {
    const code = readFileSync(join(gateway.control.state, "setup.code"), "utf8").trim();
    assert.match(gateway.control.log, new RegExp(`https://127\\.0\\.0\\.1:\\d+/set-up\\?code=${code}`));
    const made = await call("SessionService/SetUp", { code, name: "ana", password: "correct horse battery" }, { origin: origin() });
    assert.equal(made.status, 200, await made.clone().text());
    const cookie = made.headers.getSetCookie().find((line) => !/Max-Age=0/.test(line));
    assert.match(cookie, /^__Host-smartroute=[^;]+; Path=\/; HttpOnly; SameSite=Strict; Max-Age=28800; Secure$/);
    const { session } = await made.json();
    const as = { cookie: cookie.split(";")[0], "x-smartroute-csrf": session.csrfToken };
    assert.equal((await call("FleetService/ListInstances", {}, { ...as, origin: origin() })).status, 200);
    assert.equal((await call("FleetService/ListInstances", {}, { ...as, origin: origin().replace("https", "http") })).status, 403);
    const open = (from) => tlsConnect(door(), ca).then((socket) => WebSocketClient.over(socket, door(), "/admin/v1/terminal", { headers: { cookie: as.cookie, Origin: from } }));
    const terminal = await open(`https://${door()}`);
    await until("a line comes", () => terminal.messages.length > 0);
    terminal.socket.destroy();
    assert.equal((await open(`http://${door()}`)).status, 403);
  });

  test("the command line believes in the authority it was told, and says what to do without", () => {
    for (const words of [["health"], ["logs", "export"], ["config", "show"]]) {
      const { status, stderr } = cli(...words);
      assert.equal(status, 0, `${words}: ${stderr}`);
    }
    assert.equal(cli("dashboard", "link").stdout.trim(), origin());
    const told = (admin, env = {}) => run(binary("smartroute"), ["health", "--admin", admin, "--token", "x"], { timeout: 20_000, env: { ...process.env, ...env } });
    assert.match(told(origin()).stderr, /its certificate is not to be believed: .*; give the authority that signed it with --admin-ca FILE/);
    assert.match(told(origin().replace("localhost", "127.0.0.2"), { SMARTROUTE_ADMIN_CA: caFile }).stderr, /its certificate is not of '127\.0\.0\.2'|nothing answers/);
    assert.match(told(`http://${door()}`).stderr, /this port speaks TLS: call it with https:\/\//);
    assert.match(told(origin(), { SMARTROUTE_ADMIN_CA: join(folder, "gone.pem") }).stderr, /the file of authorities .*gone\.pem cannot be read/);
  });

  test("a new certificate is seen by new connections", async () => {
    const pair = newPair();
    admin.swap(pair);
    await until("it is shown", async () => (await shownAt(door(), ca)) === fingerprintOf(pair["tls.crt"]));
    const { value } = await metricsOf(gateway.control.ready.control_ops);
    assert.ok(Math.abs(value("smartroute_certificate_expiry_seconds", { peer: "browser" }) - Date.now() / 1000 - 86_400) < 300);
  });
});

const files = new MountedSecret(join(folder, "start"), { ...newPair(), "other.key": newPair()["tls.key"] });
test("another one's key is one sentence and exit code 1", () => {
  const { status, stderr } = run(binary("smartroute-control"), ["--state", join(folder, "state"), "--admin", "127.0.0.1:0", "--ops", "127.0.0.1:0", "--log-level", "off", "--admin-tls-cert", files.path("tls.crt"), "--admin-tls-key", files.path("other.key")], { timeout: 20_000 });
  assert.equal(status, 1);
  assert.match(stderr, /the TLS key file .*other\.key: is not the key of the certificate/);
});

test("`smartroute up` passes both certificates on, and prints where HTTPS is spoken", async () => {
  const ready = join(folder, "up.json");
  const own = new MountedSecret(join(folder, "up"), newPair());
  const files = ["--tls-cert", own.path("tls.crt"), "--tls-key", own.path("tls.key"), "--admin-tls-cert", own.path("tls.crt"), "--admin-tls-key", own.path("tls.key")];
  const ports = ["--listen", "--tls-listen", "--admin", "--proxy-ops", "--control-ops"].flatMap((flag) => [flag, "127.0.0.1:0"]);
  const up = spawn(binary("smartroute"), ["up", "--demo", "--demo-traffic", "0", "--state", join(folder, "upstate"), "--ready-file", ready, ...ports, ...files], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((resolve) => up.once("close", resolve));
  try {
    let screen = "";
    up.stdout.setEncoding("utf8").on("data", (data) => (screen += data));
    await until("it is up", () => existsSync(ready) && /Ctrl-C stops it/.test(screen));
    const { tls_listen, admin } = JSON.parse(readFileSync(ready, "utf8"));
    assert.ok(screen.includes(`... with TLS  https://${tls_listen}/v1\n`) && screen.includes(`Admin API     https://${admin}\n`), screen);
    for (const url of [`https://${tls_listen}/v1/models`, `https://${admin}/`]) assert.equal((await tlsFetch(ca)(url)).status, 200, url);
  } finally {
    up.kill("SIGINT");
  }
  assert.equal(await ended, 0);
});
