// The dashboard's files on the admin port: which form of them, for how long, under which policy; and About, which it shows.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after, before, describe } from "node:test";
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from "node:zlib";

import { plainConfig, startGateway } from "./lib/world.mjs";

const script = "export const answer = 42;\n".repeat(20_000);

describe("the dashboard's files", () => {
  let gateway, folder;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "smartroute-dashboard-"));
    mkdirSync(join(folder, "assets"));
    writeFileSync(join(folder, "index.html"), '<meta name="csp-nonce" content="__CSP_NONCE__">');
    writeFileSync(join(folder, "assets/app-1.js"), script);
    writeFileSync(join(folder, "assets/app-1.js.gz"), gzipSync(script));
    writeFileSync(join(folder, "assets/app-1.js.br"), brotliCompressSync(script));
    writeFileSync(join(folder, "third-party-notices.txt"), "# Of the libraries in here\n");
    symlinkSync("/etc/passwd", join(folder, "assets/passwd.txt"));
    gateway = await startGateway({ config: ({ mock }) => plainConfig(mock.baseURL), controlArgs: ["--dashboard", folder] });
  });
  after(async () => {
    await gateway?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  // Exactly this path and these headers; fetch would tidy both up.
  const get = (path, headers = {}, method = "GET") =>
    new Promise((resolve, reject) => {
      const [host, port] = gateway.control.ready.admin.split(":");
      const sent = request({ host, port, path, method, headers, agent: false }, (answer) => {
        const parts = [];
        answer.on("data", (part) => parts.push(part)).on("end", () => resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(parts) }));
      });
      sent.on("error", reject).end();
    });

  test("come in the form that the reader prefers, and not again", async () => {
    for (const [accept, coding, unpack] of [["", undefined, (body) => body], ["gzip", "gzip", gunzipSync], ["gzip, br", "br", brotliDecompressSync], ["br;q=0, *", "gzip", gunzipSync]]) {
      const answer = await get("/assets/app-1.js", { "accept-encoding": accept });
      assert.equal(answer.status, 200);
      assert.equal(answer.headers["content-encoding"], coding);
      assert.equal(unpack(answer.body).toString(), script);
      assert.equal(answer.headers["content-type"], "text/javascript; charset=utf-8");
      assert.equal(answer.headers["cache-control"], "public, max-age=31536000, immutable");
      assert.equal(answer.headers.vary, "accept-encoding");
      const again = await get("/assets/app-1.js", { "accept-encoding": accept, "if-none-match": `"other", W/${answer.headers.etag}` });
      assert.deepEqual([again.status, again.body.length], [304, 0]);
      const head = await get("/assets/app-1.js", { "accept-encoding": accept }, "HEAD");
      assert.deepEqual([head.status, head.body.length, Number(head.headers["content-length"])], [200, 0, answer.body.length]);
    }
  });

  test("hold the page of every address, each time with its own nonce", async () => {
    const nonces = new Set();
    for (const path of ["/", "/logs", "/terminal", "/config/tiers", "/settings", "/sign-in", "/set-up?code=x"]) {
      const { status, headers, body } = await get(path);
      assert.equal(status, 200, path);
      const [, nonce] = /content="([^"]+)"/.exec(body);
      nonces.add(nonce);
      const policy = headers["content-security-policy"];
      assert.ok(policy.includes(`style-src 'self' 'nonce-${nonce}'`), policy);
      assert.ok(policy.includes("script-src 'self';") && !policy.includes("unsafe"), policy);
      assert.equal(headers["cache-control"], "no-cache");
      assert.equal(headers["x-frame-options"], "DENY");
      assert.equal(headers["x-content-type-options"], "nosniff");
      assert.equal(headers["cross-origin-opener-policy"], "same-origin");
    }
    assert.equal(nonces.size, 7);
    const unknown = await get("/nowhere", { accept: "text/html" });
    assert.deepEqual([unknown.status, unknown.headers["content-type"]], [404, "text/html; charset=utf-8"]);
    assert.equal((await get("/nowhere")).headers["content-type"], "application/json");
  });

  test("are all that there is", async () => {
    for (const path of ["/assets/../../../../etc/passwd", "/..%2f..%2fetc/passwd", "/assets/passwd.txt", "/assets/app-1.js.gz", "/assets/", "//assets/app-1.js"])
      assert.ok([400, 404].includes((await get(path)).status), path);
    for (const method of ["POST", "PUT", "DELETE"]) assert.ok((await get("/", {}, method)).status >= 400, method);
  });

  test("are told what they are part of", async () => {
    const about = await gateway.control.call("AboutService/GetAbout");
    assert.match(about.version, /^\d+\.\d+\.\d+$/);
    assert.match(about.builtWith, /gRPC \d.*protobuf \d.*RocksDB \d+\.\d+\.\d+, Boost 1\.\d+.*OpenSSL 3/);
    assert.equal(about.adminAddress, gateway.control.ready.admin);
    assert.equal(about.stateFolder, gateway.control.state);
    assert.deepEqual(about.proxies, [new URL(gateway.baseURL).host]);
    assert.match(about.thirdPartyNotices, /^# Third-party notices\n[^]*\n# Of the libraries in here\n$/);
    assert.ok(Number(about.nowMs) >= Number(about.startedAtMs) && Math.abs(Number(about.nowMs) - Date.now()) < 60_000);
    const { json, effectiveJson } = await gateway.control.call("ConfigService/GetConfig");
    assert.equal(JSON.parse(json).tiers.t2.strategy, undefined);
    assert.equal(JSON.parse(effectiveJson).tiers.t2.strategy, "sequential");
    assert.deepEqual(JSON.parse(effectiveJson).tiers.t2.models, ["mock/medium"]);
    assert.doesNotMatch(effectiveJson, /sk-upstream-0001/);
  });
});

test("without files there is a plain page, and the log says why", async () => {
  const gateway = await startGateway({ proxies: 0, controlArgs: ["--dashboard", "/nowhere/at/all"] });
  try {
    const answer = await fetch(`http://${gateway.control.ready.admin}/`);
    assert.equal(answer.status, 200);
    assert.match(await answer.text(), /--dashboard/);
    assert.match(gateway.logs(), /the dashboard is not served.*\/nowhere\/at\/all/);
  } finally {
    await gateway.stop();
  }
});
