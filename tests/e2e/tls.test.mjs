// The dashboard over HTTPS: the page, the cookie that browsers keep for TLS only, and the terminal's WebSocket, in a browser that was told to
// believe in this one key.
import assert from "node:assert/strict";
import { createHash, X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after, before } from "node:test";

import { chromium } from "playwright-core";

import { Authority } from "../integration/lib/certificates.mjs";
import { Gateway, plainConfig } from "../integration/lib/world.mjs";

const folder = mkdtempSync(join(tmpdir(), "smartroute-tls-"));
const { cert, key } = new Authority(folder, "root").issue("DNS:localhost");
const path = (name, text) => (writeFileSync(join(folder, name), text), join(folder, name));
const gateway = new Gateway({
  owner: "file",
  config: ({ mock }) => plainConfig(mock.baseURL),
  controlArgs: ["--admin-tls-cert", path("tls.crt", cert), "--admin-tls-key", path("tls.key", key)],
});
let browser;

before(async () => {
  await gateway.start();
  const pin = createHash("sha256").update(new X509Certificate(cert).publicKey.export({ type: "spki", format: "der" })).digest("base64");
  const args = [...(process.getuid() === 0 ? ["--no-sandbox"] : []), "--disable-dev-shm-usage", `--ignore-certificate-errors-spki-list=${pin}`];
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args });
});
after(async () => {
  await browser?.close();
  await gateway.stop();
  rmSync(folder, { recursive: true, force: true });
});

test("opens, keeps its session and its WebSocket", async () => {
  const origin = `https://localhost:${gateway.control.ready.admin.split(":").at(-1)}`;
  const page = await browser.newPage();
  const faults = [];
  page.on("pageerror", (error) => faults.push(`${error}`));
  const code = readFileSync(join(gateway.control.state, "setup.code"), "utf8").trim();
  const answer = await page.goto(`${origin}/set-up?code=${code}`);
  assert.deepEqual([answer.status(), (await answer.securityDetails()).protocol], [200, "TLS 1.3"]);
  await page.getByRole("heading").first().waitFor();
  assert.equal(await page.evaluate(() => isSecureContext), true);
  const status = await page.evaluate(
    (code) => fetch("/smartroute.admin.v1.SessionService/SetUp", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ code, name: "ana", password: "correct horse battery" }) }).then((said) => said.status),
    code,
  );
  assert.equal(status, 200);
  const [cookie] = await page.context().cookies();
  assert.deepEqual([cookie.name, cookie.secure, cookie.httpOnly, cookie.sameSite], ["__Host-smartroute", true, true, "Strict"]);
  const heard = await page.evaluate(
    () =>
      new Promise((resolve) => {
        const socket = new WebSocket(`wss://${location.host}/admin/v1/terminal`);
        socket.onmessage = () => (socket.close(), resolve("a message"));
        socket.onerror = () => resolve("an error");
      }),
  );
  assert.equal(heard, "a message");
  await page.goto(`${origin}/`);
  await page.getByRole("navigation").first().waitFor();
  assert.deepEqual(faults, []);
});
