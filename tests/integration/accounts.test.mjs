// People and scripts at the admin port: set-up, signing in with two-factor, sessions over a restart, roles, tokens, throttling, and the
// command line's way back in. The control plane as it runs, by HTTP with cookies as a browser sends them.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after, before, describe } from "node:test";

import { WebSocketClient } from "./lib/websocket.mjs";
import { Control, binary, metricsOf, plainConfig, run, until } from "./lib/world.mjs";

const password = "correct horse battery";
const stepMs = 30_000;

// RFC 6238, by hand.
function totp(base32, at = Date.now()) {
  const bits = [...base32].map((c) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at / stepMs)));
  const mac = createHmac("sha1", key).update(counter).digest();
  return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

// A page of the dashboard in a browser: its own origin, its cookies, the token it was told.
class Browser {
  cookies = new Map();
  constructor(admin) {
    this.admin = admin;
    this.origin = `http://${admin}`;
  }
  get cookie() {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  }
  async call(method, message = {}, headers = {}) {
    const response = await fetch(`http://${this.admin}/smartroute.admin.v1.${method}`, {
      method: "POST",
      headers: { "content-type": "application/json", origin: this.origin, ...(this.cookie && { cookie: this.cookie }), ...(this.csrf && { "x-smartroute-csrf": this.csrf }), ...headers },
      body: JSON.stringify(message),
    });
    for (const set of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(set);
      if (/Max-Age=0\b/.test(set)) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    const answer = { status: response.status, headers: response.headers, ...(await response.json()) };
    const session = answer.session ?? answer;
    if (session.csrfToken) this.csrf = session.csrfToken;
    return answer;
  }
  signIn(name, secret = password, code = "") {
    return this.call("SessionService/SignIn", { name, password: secret, code });
  }
}

// An address may be wrong five times a minute: all tests before the last but one have four wrong passwords and codes between them.
describe("accounts", () => {
  const folder = mkdtempSync(join(tmpdir(), "smartroute-accounts-"));
  let control, ana, secret, recovery;
  const setUpFile = () => join(control.state, "setup.code");
  const browser = () => new Browser(control.ready.admin);
  const operator = (method, message) => control.call(method, message);
  // The files of the state folder as they lie there.
  const stored = () => readdirSync(control.state, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => readFileSync(join(entry.parentPath ?? entry.path, entry.name), "latin1")).join("");

  before(async () => {
    control = new Control(folder);
    await control.start();
  });
  after(async () => {
    await control.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test("nobody can sign in before the link was opened", async () => {
    assert.equal((await browser().signIn("admin", "admin")).status, 401);
    assert.equal((await browser().call("SessionService/GetSession")).setUpNeeded, true);
  });

  test("the link of the first start makes the first admin, once", async () => {
    const code = readFileSync(setUpFile(), "utf8").trim();
    assert.equal(statSync(setUpFile()).mode & 0o777, 0o600);
    const link = run(binary("smartroute"), ["dashboard", "link", "--admin", control.ready.admin, "--state", control.state]);
    assert.equal(link.stdout.trim(), `http://${control.ready.admin}/set-up?code=${code}`, link.stderr);
    assert.match(control.log, new RegExp(`/set-up\\?code=${code}`));
    ana = browser();
    assert.equal((await ana.call("SessionService/SetUp", { code: `${code}x`, name: "Ana", password })).status, 403);
    const made = await ana.call("SessionService/SetUp", { code, name: "Ana", password });
    assert.equal(made.status, 200, JSON.stringify(made));
    assert.equal(made.session.user.role, "ACCOUNT_ROLE_ADMIN");
    assert.ok(ana.cookies.has("__Host-smartroute"), "a loopback page gets the strict cookie");
    assert.equal(existsSync(setUpFile()), false);
    assert.equal((await browser().call("SessionService/SetUp", { code, name: "Eve", password })).code, "failed_precondition");
    assert.equal(run(binary("smartroute"), ["dashboard", "--admin", control.ready.admin, "--state", control.state]).stdout.trim(), `http://${control.ready.admin}`);
  });

  test("what a session writes bears its user's name, whatever the request says", async () => {
    const text = JSON.stringify(plainConfig("http://127.0.0.1:1/v1"));
    const put = await ana.call("ConfigService/PutConfig", { source: { text }, author: "somebody else" });
    assert.equal(put.status, 200, JSON.stringify(put));
    assert.equal(put.revision.author, "Ana");
  });

  test("a cookie alone changes nothing", async () => {
    const text = JSON.stringify(plainConfig("http://127.0.0.1:2/v1"));
    const message = { source: { text }, baseRevision: "1" };
    for (const headers of [
      { "x-smartroute-csrf": "" }, { "x-smartroute-csrf": ana.csrf.slice(1) }, { origin: "http://evil.example" }, { origin: "null" }, { origin: `${ana.origin}.evil.example` },
      { "content-type": "text/plain" }, { "content-type": "application/x-www-form-urlencoded" }, { "sec-fetch-site": "cross-site" },
    ])
      assert.match(String((await ana.call("ConfigService/PutConfig", message, headers)).status), /403|415/, JSON.stringify(headers));
    assert.equal(await control.newest(), 1);
  });

  test("two-factor: secret, QR code, a code that counts once, recovery codes", async () => {
    const begun = await ana.call("AccountService/StartTwoFactor", { currentPassword: password });
    assert.equal(begun.status, 200, JSON.stringify(begun));
    secret = begun.secret;
    assert.ok(begun.uri.startsWith(`otpauth://totp/SmartRoute:Ana?secret=${secret}&`), begun.uri);
    assert.ok(begun.qrModules >= 21 && begun.qrSvgPath.startsWith("M0 0h7v1h-7z"));
    const confirmed = await ana.call("AccountService/ConfirmTwoFactor", { code: totp(secret) });
    recovery = confirmed.codes;
    assert.equal(recovery.length, 10);
    const other = browser();
    const missing = await other.signIn("ana");
    assert.deepEqual([missing.status, missing.codeNeeded, other.cookies.size], [200, true, 0]);
    assert.equal((await other.signIn("ana", password, totp(secret, Date.now() + stepMs))).status, 200, "the next code, because this one confirmed");
    assert.equal((await browser().signIn("ana", password, totp(secret, Date.now() + stepMs))).status, 401, "the same code again");
    const byRecovery = await browser().signIn("ana", password, recovery[0].toLowerCase());
    assert.deepEqual([byRecovery.status, byRecovery.recoveryCodesLeft], [200, 9]);
  });

  test("sessions outlive the control plane, and nothing stored opens one", async () => {
    const token = ana.cookies.get("__Host-smartroute");
    await control.stop();
    const text = stored();
    for (const [what, canary] of Object.entries({ password, token, csrf: ana.csrf, secret, recovery: recovery[1] })) assert.equal(text.includes(canary), false, `${what} lies in the state folder`);
    await control.start();
    const { user } = await ana.call("SessionService/GetSession");
    assert.equal(user?.name, "Ana");
    assert.equal((await ana.call("ConfigService/GetConfig")).status, 200);
  });

  test("a viewer sees everything and changes nothing but itself", async () => {
    const made = await ana.call("UserService/CreateUser", { name: "Vera", password, role: "ACCOUNT_ROLE_VIEWER" });
    assert.equal(made.status, 200, JSON.stringify(made));
    const vera = browser();
    assert.equal((await vera.signIn("VERA")).status, 200);
    for (const method of ["ConfigService/GetConfig", "LogService/ListRecords", "FleetService/ListInstances", "AccountService/ListSessions"]) assert.equal((await vera.call(method)).status, 200, method);
    for (const method of ["ConfigService/PutConfig", "UserService/ListUsers", "ApiTokenService/CreateApiToken", "LogService/PruneRecords"]) assert.equal((await vera.call(method)).status, 403, method);
    assert.equal((await vera.call("AccountService/ChangePassword", { currentPassword: "not the one", newPassword: "a new long password" })).status, 403);
    assert.equal((await vera.call("AccountService/ChangePassword", { currentPassword: password, newPassword: "a new long password" })).status, 200);
    const download = (headers) => fetch(`http://${control.ready.admin}/admin/v1/logs/export?format=csv`, { headers: { cookie: vera.cookie, ...headers } });
    assert.equal((await download({})).status, 200);
    assert.equal((await download({ "sec-fetch-site": "cross-site" })).status, 403);
    for (const [origin, status] of [[vera.origin, undefined], ["null", 403], [`${vera.origin}.evil.example`, 403]]) {
      const socket = await WebSocketClient.open(control.ready.admin, "/admin/v1/logs/tail", { headers: { cookie: vera.cookie, origin } });
      assert.equal(socket.status, status, origin);
      socket.socket?.destroy();
    }
    const noOrigin = await WebSocketClient.open(control.ready.admin, "/admin/v1/logs/tail", { headers: { cookie: vera.cookie } });
    assert.equal(noOrigin.status, 403, "without an origin");
    const kept = vera.cookie;
    assert.equal((await vera.call("SessionService/SignOut")).status, 200);
    assert.equal(vera.cookies.size, 0);
    assert.equal((await vera.call("ConfigService/GetConfig", {}, { cookie: kept })).status, 401, "the cookie played again");
  });

  test("tokens for scripts have a role, a name in the history, and an end", async () => {
    const create = (name, role) => ana.call("ApiTokenService/CreateApiToken", { name, role });
    const { secret: viewer } = await create("reader", "ACCOUNT_ROLE_VIEWER");
    const { secret: admin, token } = await create("deployer", "ACCOUNT_ROLE_ADMIN");
    assert.match(admin, /^srt_[\w-]{43}$/);
    assert.ok((await control.call("ConfigService/GetConfig", {}, { token: viewer })).yaml);
    const text = JSON.stringify(plainConfig("http://127.0.0.1:3/v1"));
    const put = (bearer) => control.call("ConfigService/PutConfig", { source: { text }, baseRevision: "1", author: "somebody else" }, { token: bearer });
    await assert.rejects(put(viewer), { status: 403 });
    assert.equal((await put(admin)).revision.author, "deployer");
    await assert.rejects(control.call("AccountService/ListSessions", {}, { token: admin }), { status: 400 });
    const listed = await ana.call("ApiTokenService/ListApiTokens");
    assert.equal(JSON.stringify(listed).includes(admin), false);
    assert.ok(Number(listed.tokens.find(({ name }) => name === "deployer").lastUsedMs) > 0);
    await ana.call("ApiTokenService/DeleteApiToken", { id: token.id });
    await assert.rejects(control.call("ConfigService/GetConfig", {}, { token: admin }), { status: 401 });
  });

  test("the last admin stays, and the operator's token is the way back in", async () => {
    const { users } = await operator("UserService/ListUsers");
    const { id } = users.find(({ name }) => name === "Ana");
    await assert.rejects(operator("UserService/DeleteUser", { id }), { status: 400 });
    await assert.rejects(operator("UserService/UpdateUser", { id, role: "ACCOUNT_ROLE_VIEWER" }), { status: 400 });
    const reset = run(binary("smartroute"), ["dashboard", "reset-password", "ana", "--remove-two-factor", "--admin", control.ready.admin, "--state", control.state]);
    assert.equal(reset.status, 0, reset.stderr);
    assert.equal((await ana.call("ConfigService/GetConfig")).status, 401, "the sessions have ended");
    const fresh = browser();
    assert.equal((await fresh.signIn("Ana", reset.stdout.trim())).status, 200);
    assert.equal(run(binary("smartroute"), ["dashboard", "reset-password", "nobody", "--admin", control.ready.admin, "--state", control.state]).status, 1);
  });

  test("guessing meets a limit that says when to come back", async () => {
    let throttled;
    for (let i = 0; i < 10 && !throttled; ++i) {
      const answer = await browser().signIn("vera", `guess number ${i} of many`);
      if (answer.status === 429) throttled = answer;
    }
    assert.ok(Number(throttled?.headers.get("retry-after")) > 0);
    const metrics = await metricsOf(control.ready.control_ops);
    assert.ok(metrics.value("smartroute_control_sign_ins_total", { outcome: "throttled" }) > 0);
    assert.ok(metrics.value("smartroute_control_sign_ins_total", { outcome: "ok" }) > 0);
  });

  test("the log tells who did what, and no secret", async () => {
    // Refusals of one address are a line a second, so the guesser goes on until its next one is due.
    await until("a refused guess has its line", async () => (await browser().signIn("vera", "guess number eleven")) && control.log.includes("sign-in throttled"));
    assert.match(control.log, /lines_left_out[^0-9]+[1-9]/);
    for (const line of ["set up: the first admin", "signed in", "two-factor turned on", "user created", "password changed", "API token created", "API token deleted", "user changed", "signed out", "sign-in failed"])
      assert.ok(control.log.includes(line), line);
    for (const canary of [password, "a new long password", secret, recovery[0], "guess number"]) assert.equal(control.log.includes(canary), false, canary);
  });
});
