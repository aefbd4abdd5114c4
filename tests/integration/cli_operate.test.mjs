// The command line as an operator uses it: init, providers, doctor, top, drain, completion, and what it says when something is wrong.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after, before, describe } from "node:test";

import { freePort } from "../conformance/lib/child.mjs";
import { binary, chatFetch, eventsOf, run, startGateway, until } from "./lib/world.mjs";

const [ok, failed, misused, problems, warnings] = [0, 1, 2, 3, 4];

let gateway, folder, dead;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), "smartroute-operate-"));
  dead = await freePort();
  gateway = await startGateway({
    mocks: ["mock"],
    config: ({ mock }) => ({
      providers: [
        { id: "mock", base_url: mock.baseURL, api_key: "sk-upstream-0001" },
        { id: "dead", base_url: `http://127.0.0.1:${dead}/v1`, api_key: "${NO_SUCH_KEY_HERE}" },
      ],
      tiers: { t1: { models: ["mock/small"] }, t2: { models: ["mock/medium", "dead/x"] }, t3: { models: ["mock/large"] } },
      router: { mode: "keyword", default_tier: "t2" },
      gateway: { unknown_model: "reject" },
      limits: { drain_accept: "300ms", drain_timeout: "20s" },
    }),
  });
  for (let i = 0; i < 4; ++i) assert.equal((await chatFetch(gateway.baseURL)).status, 200);
  assert.equal((await chatFetch(gateway.baseURL, { model: "nobody/knows" })).status >= 400, true);
});
after(async () => {
  await gateway?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const bare = (more = {}) => ({ ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^SMARTROUTE_|_API_KEY$|_BASE_URL$|^NO_COLOR$/.test(name))), ...more });
const access = () => ({ SMARTROUTE_ADMIN: gateway.control.ready.admin, SMARTROUTE_ADMIN_TOKEN: gateway.control.token });
const cli = (args, { env = access(), ...options } = {}) => run(binary("smartroute"), args, { env: bare(env), cwd: folder, ...options });
function said(args, options) {
  const { status, stdout, stderr } = cli(args, options);
  assert.equal(status, ok, `${args.join(" ")}: ${stdout}${stderr}`);
  return stdout;
}

describe("init", () => {
  test("writes a valid file from the keys there are, without them, and overwrites nothing", () => {
    const env = { OPENAI_API_KEY: "sk-never-to-be-written-1", DEEPSEEK_API_KEY: "sk-never-to-be-written-2" };
    const text = said(["init"], { env });
    assert.match(text, /smartroute\.yaml written/);
    assert.match(text, /smartroute up --config smartroute\.yaml/);
    const file = readFileSync(join(folder, "smartroute.yaml"), "utf8");
    assert.match(file, /\$\{OPENAI_API_KEY\}/);
    assert.match(file, /deepseek\//);
    assert.doesNotMatch(file + text, /never-to-be-written/);
    assert.match(said(["validate", "smartroute.yaml"], { env }), /: valid/);
    const again = cli(["init"], { env });
    assert.equal(again.status, failed);
    assert.match(again.stderr, /smartroute\.yaml exists already and was left alone; .*--force/);
    const json = JSON.parse(said(["init", "--force", "-o", "json"], { env }));
    assert.deepEqual(json.providers.map(({ id, key_set }) => [id, key_set]), [["openai", true], ["deepseek", true]]);
    assert.ok(json.next.includes("smartroute validate smartroute.yaml"));
  });

  test("goes on without any key, and knows the providers by name", () => {
    const text = said(["init", "none.yaml"], { env: {} });
    assert.match(text, /export OPENAI_API_KEY=/);
    assert.equal(cli(["validate", "none.yaml"], { env: {} }).status, ok);
    assert.match(said(["init", "-", "--provider", "groq,mistral"], { env: {} }), /groq\/.*\n.*mistral\//);
    const { status, stderr } = cli(["init", "-", "--provider", "antropic"], { env: {} });
    assert.equal(status, misused);
    assert.match(stderr, /did you mean 'anthropic'\?/);
  });
});

describe("providers", () => {
  test("list says who they are and whether their keys are there", () => {
    const [heading, ...lines] = said(["providers", "list"]).trimEnd().split("\n");
    assert.match(heading, /^PROVIDER +PROTOCOL +BASE URL +KEY +HEALTH +MODELS$/);
    assert.match(lines[0], /^mock +openai +http:\/\/127\.0\.0\.1:\d+\/v1 +yes +100\.0 +3: /);
    assert.match(lines[1], /^dead +openai .* missing /);
    const json = JSON.parse(said(["providers", "list", "-o", "json"]));
    assert.deepEqual(json.providers.map(({ id, key }) => [id, key]), [["mock", "set"], ["dead", "missing"]].map(([id, key]) => [id, key === "set" ? "yes" : key]));
  });

  test("test connects, and exits with 1 when one fails", () => {
    assert.match(said(["providers", "test", "mock"]), /^\[ok\] +mock +\d+ models?, connected in [\d.]+ ms, first byte after [\d.]+ ms, 127\.0\.0\.1:\d+, no TLS$/m);
    const { status, stdout } = cli(["providers", "test"]);
    assert.equal(status, failed);
    assert.match(stdout, /^\[fail\] +dead +secret: /m);
    const json = JSON.parse(cli(["providers", "test", "-o", "json"]).stdout);
    assert.deepEqual([json.ok, ...json.providers.map((row) => row.ok)], [false, true, false]);
    const unknown = cli(["providers", "test", "mokc"]);
    assert.equal(unknown.status, misused);
    assert.match(unknown.stderr, /there is no provider 'mokc'; did you mean 'mock'\?/);
  });

  test("test takes a document that is not stored", () => {
    const document = JSON.stringify({ providers: [{ id: "other", base_url: gateway.mocks.mock.baseURL }] });
    assert.match(said(["providers", "test", "--config", "-"], { input: document }), /^\[ok\] +other /m);
  });
});

describe("doctor", () => {
  const report = (args, options) => {
    const { status, stdout, stderr } = cli(["doctor", "-o", "json", ...args], options);
    const json = JSON.parse(stdout || assert.fail(stderr));
    const checks = Object.fromEntries(json.groups.flatMap((group) => group.checks).map((check) => [check.id, check]));
    return { status, json, checks };
  };
  const verdicts = (checks, ...ids) => Object.fromEntries(ids.map((id) => [id, checks[id]?.verdict]));

  test("of a running gateway names what is wrong, and what to do about it", () => {
    const { status, json, checks } = report(["--proxy-ops", gateway.proxy.ready.proxy_ops]);
    assert.equal(status, failed);
    assert.equal(json.verdict, "failed");
    assert.deepEqual(
      verdicts(checks, "local.versions", "local.ports", "local.clock", "config.valid", "config.keys", "config.tiers", "control.reachable", "control.token", "control.ready", "control.store", "proxies.connected", "proxies.proxy-1", "proxies.ready", "proxies.control", "proxies.records", "security.admin", "security.files", "dashboard.served", "dashboard.account", "providers.mock", "providers.dead"),
      { "local.versions": "ok", "local.ports": "ok", "local.clock": "ok", "config.valid": "ok", "config.keys": "warning", "config.tiers": "ok", "control.reachable": "ok", "control.token": "ok", "control.ready": "ok", "control.store": "ok", "proxies.connected": "ok", "proxies.proxy-1": "ok", "proxies.ready": "ok", "proxies.control": "ok", "proxies.records": "ok", "security.admin": "ok", "security.files": "ok", "dashboard.served": checks["dashboard.served"].verdict, "dashboard.account": "warning", "providers.mock": "ok", "providers.dead": "failed" },
    );
    assert.match(checks["config.keys"].what, /NO_SUCH_KEY_HERE/);
    for (const check of Object.values(checks)) assert.equal(Boolean(check.hint), ["warning", "failed"].includes(check.verdict), check.id);
    assert.equal(checks["providers.mock"].deadline_ms, 5000);
  });

  test("prints ticks in ASCII where no terminal is, one hint a finding", () => {
    const { status, stdout } = cli(["doctor", "--offline", "--timeout", "3"]);
    assert.equal(status, warnings);
    assert.match(stdout, /^Control plane\n {2}\[ok\] {3}the control plane answers at /m);
    assert.match(stdout, /^ {9}-> smartroute dashboard prints the link/m);
    assert.match(stdout, /Nothing failed, \d+ warnings?, \d+ passed/);
    assert.doesNotMatch(stdout, /[^\x00-\x7f]|\x1b/);
  });

  test("where nothing runs says so, and what starts it", async () => {
    const nowhere = { SMARTROUTE_ADMIN: `127.0.0.1:${await freePort()}`, SMARTROUTE_STATE: join(folder, "none"), SMARTROUTE_LISTEN: `127.0.0.1:${await freePort()}`, SMARTROUTE_PROXY_OPS: `127.0.0.1:${await freePort()}`, SMARTROUTE_CONTROL_OPS: `127.0.0.1:${await freePort()}` };
    const { status, checks } = report([], { env: nowhere });
    assert.equal(status, failed);
    assert.equal(checks["control.reachable"].verdict, "failed");
    assert.match(checks["control.reachable"].hint, /^smartroute up /);
    assert.match(checks["local.ports"].what, /^ports .* free$/);
    assert.deepEqual(verdicts(checks, "proxies.connected", "providers", "local.state"), { "proxies.connected": "skipped", providers: "skipped", "local.state": "skipped" });
    // A file can be looked at all the same.
    writeFileSync(join(folder, "bad.yaml"), "providers: [{id: a, base_url: nowhere}]\n");
    assert.equal(report(["--config", "bad.yaml"], { env: nowhere }).checks["config.valid"].verdict, "failed");
  });

  test("of a sidecar alone looks at that, and does not miss the rest", () => {
    const { status, checks } = report(["--proxy-ops", gateway.proxy.ready.proxy_ops, "--state", join(folder, "none"), "--offline"], { env: {} });
    assert.equal(checks["proxies.ready"].verdict, "ok");
    if (checks["control.reachable"].verdict !== "skipped") return; // another gateway runs at the usual address
    assert.notEqual(status, failed, JSON.stringify(Object.values(checks).filter(({ verdict }) => verdict === "failed")));
  });

  test("with a wrong token says which check it is, and sees files that others may read", () => {
    const { status, checks } = report(["--token", "wrong"]);
    assert.equal(status, failed);
    assert.deepEqual(verdicts(checks, "control.reachable", "control.token"), { "control.reachable": "ok", "control.token": "failed" });
    const state = join(folder, "open");
    mkdirSync(state, { mode: 0o755 });
    writeFileSync(join(state, "master.key"), "x", { mode: 0o644 });
    const open = report(["--state", state], { env: {} }).checks;
    assert.deepEqual(verdicts(open, "local.state", "security.files"), { "local.state": "warning", "security.files": "failed" });
    assert.match(open["security.files"].hint, /^chmod 600 .*master\.key$/);
  });
});

describe("top", () => {
  test("without a terminal prints one look, and as JSON the numbers", async () => {
    await until("the requests are counted", () => JSON.parse(said(["top", "-o", "json"])).all.requests >= 4);
    const text = said(["top", "--once"]);
    for (const part of [/^SmartRoute \d/, /requests\/s, \d+ in flight/, /^TIER +REQUESTS/m, /^MODEL +HEALTH/m, /^mock\/medium +########/m, /^PROXY +STATE/m, /^proxy-1 +ok/m]) assert.match(text, part);
    assert.doesNotMatch(text, /\x1b/);
    const json = JSON.parse(said(["top", "-o", "json"]));
    assert.equal(json.proxies.length, 1);
    assert.equal(json.health.length, 4);
    assert.ok(json.all.answer_ms.p50 > 0);
  });

  test("in a terminal draws on another screen, again and again, until q", async () => {
    const args = [binary("smartroute"), "top", "--refresh", "1"].join(" ");
    const live = spawn("script", ["-qec", args, "/dev/null"], { env: bare({ ...access(), TERM: "xterm", LC_ALL: "C.UTF-8" }), stdio: ["pipe", "pipe", "ignore"] });
    let out = "";
    live.stdout.setEncoding("utf8").on("data", (text) => (out += text));
    const ended = new Promise((resolve) => live.on("close", resolve));
    await until("it was drawn twice", () => out.split("\x1b[H").length > 2);
    live.stdin.write("q");
    assert.equal(await ended, ok);
    assert.ok(out.startsWith("\x1b[?1049h") && out.trimEnd().endsWith("\x1b[?1049l"), JSON.stringify(out.slice(0, 20)));
    assert.match(out, /█/);
  });
});

describe("what is said when something is wrong", () => {
  test("one sentence, with the next step, and the exit code", async () => {
    const nobody = `127.0.0.1:${await freePort()}`;
    for (const [args, env, code, says] of [
      [["doctr"], {}, misused, /^smartroute: there is no command 'doctr'; did you mean 'doctor'\? See smartroute --help\n$/],
      [["logs", "query", "--sinse", "1h"], {}, misused, /has no flag '--sinse'; did you mean '--since'\?/],
      [["config"], {}, misused, /^smartroute: smartroute config needs a command\. See smartroute config --help\n$/],
      [["validate"], {}, misused, /file is required.*See smartroute validate --help/],
      [["stats", "-o", "xml"], {}, misused, /xml.*See smartroute stats --help/],
      [["top", "--admin", nobody], access(), failed, new RegExp(`^smartroute: nothing answers at ${nobody}: .*; start the gateway, or say with --admin`)],
      [["providers", "list", "--admin", "nowhere"], access(), failed, /'nowhere' is no address: .*HOST:PORT/],
      [["health", "--token", "wrong"], access(), failed, /refused the token; set SMARTROUTE_ADMIN_TOKEN/],
      [["health", "--state", join(folder, "none")], { SMARTROUTE_ADMIN: gateway.control.ready.admin }, failed, /wants a token and there is none: .*--state/],
      [["drain", "--state", join(folder, "none")], {}, misused, /no `smartroute up` runs with the data folder/],
    ]) {
      const { status, stdout, stderr } = cli(args, { env });
      assert.equal(status, code, args.join(" "));
      assert.equal(stdout, "", args.join(" "));
      assert.match(stderr, says, args.join(" "));
      assert.equal(stderr.trimEnd().split("\n").length, 1, stderr);
    }
    const viewer = await gateway.control.call("ApiTokenService/CreateApiToken", { name: "viewer", role: "ACCOUNT_ROLE_VIEWER" });
    const { status, stderr } = cli(["providers", "test", "--token", viewer.secret]);
    assert.equal(status, failed);
    assert.match(stderr + cli(["health", "reset", "--token", viewer.secret]).stderr, /use the token of an admin/);
    assert.match(cli(["doctor", "--token", viewer.secret]).stdout, /^Providers\n {2}\[skip\] not called: that takes the token of an admin$/m);
  });

  test("version, completion and the manual page come without a gateway", () => {
    const version = JSON.parse(said(["version", "-o", "json"], { env: {} }));
    assert.deepEqual(Object.keys(version), ["version", "commit", "build_type", "compiler", "admin_api"]);
    const script = `source <(${binary("smartroute")} completion bash); complete -p smartroute; COMP_WORDS=(smartroute logs t); COMP_CWORD=2; _smartroute; echo "\${COMPREPLY[@]}"`;
    const { status, stdout, stderr } = run("bash", ["-c", script], { env: bare() });
    assert.equal(status, ok, stderr);
    assert.match(stdout, /complete .*-F _smartroute smartroute\ntail\n/);
    assert.match(said(["man"], { env: {} }), /^\.TH SMARTROUTE 1/);
  });
});

// Last: it ends the proxy.
describe("drain", () => {
  const drain = (args) => {
    const child = spawn(binary("smartroute"), ["drain", ...args], { env: bare(), stdio: ["ignore", "pipe", "pipe"] });
    const result = { out: "", errors: "" };
    child.stdout.setEncoding("utf8").on("data", (text) => (result.out += text));
    child.stderr.setEncoding("utf8").on("data", (text) => (result.errors += text));
    result.ended = new Promise((resolve) => child.on("close", resolve));
    return result;
  };

  test("waits until the last stream is over, and says how many are left", async () => {
    const answer = await chatFetch(gateway.baseURL, { model: "mock/small", stream: true, messages: [{ role: "user", content: '[[mock: {"events": 60, "pace_ms": 50}]]' }] });
    const text = answer.text();
    const file = gateway.proxy.readyFile;
    const hasty = drain(["--ready-file", file, "--timeout", "1"]);
    assert.equal(await hasty.ended, failed);
    assert.match(hasty.errors, /1 request in flight[\s\S]*still runs after 1 s, 1 request in flight.*; it goes on draining/);
    // A second time is not a second signal, which would cut the stream.
    const patient = drain(["--ready-file", file, "-o", "json"]);
    assert.equal(eventsOf(await text).at(-1), "[DONE]");
    assert.equal(await patient.ended, ok);
    const json = JSON.parse(patient.out);
    assert.equal(json.drained, true);
    assert.deepEqual(await gateway.proxy.ended, { code: 0, signal: null });
    const gone = drain(["--ready-file", file]);
    assert.equal(await gone.ended, misused);
  });
});
