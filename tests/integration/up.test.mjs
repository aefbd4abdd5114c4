// The command line as people meet it first: up, and validate.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after, afterEach, before } from "node:test";

import { Mock, binary, chatFetch, eventsOf, metricsOf, plainConfig, run, until } from "./lib/world.mjs";

let folder;
let mock;
const started = [];
before(async () => {
  folder = mkdtempSync(join(tmpdir(), "smartroute-up-"));
  mock = new Mock(folder, "mock");
  await mock.start();
});
after(async () => {
  await mock?.stop();
  rmSync(folder, { recursive: true, force: true });
});
afterEach(() => {
  for (const gateway of started.splice(0)) if (gateway.exit === undefined) gateway.process.kill("SIGKILL");
});

// smartroute up, or another command that stays, with free ports and nothing of this environment's keys.
async function up(name, args, env = {}) {
  const ready = join(folder, `${name}.json`);
  const ports = ["--listen", "--admin", "--proxy-ops", "--control-ops"].flatMap((flag) => [flag, "127.0.0.1:0"]);
  const kept = Object.entries(process.env).filter(([key]) => !/^SMARTROUTE_|_API_KEY$|_BASE_URL$|_proxy$/i.test(key));
  const gateway = { out: "" };
  gateway.process = spawn(binary("smartroute"), [...args, ...ports, "--state", join(folder, `${name}.state`), "--ready-file", ready], { env: { ...Object.fromEntries(kept), ...env }, stdio: ["ignore", "pipe", "pipe"] });
  started.push(gateway);
  for (const pipe of [gateway.process.stdout, gateway.process.stderr]) pipe.setEncoding("utf8").on("data", (text) => (gateway.out += text));
  gateway.ended = new Promise((resolve) => gateway.process.on("close", (code, signal) => resolve((gateway.exit = { code, signal }))));
  await until(`${name} is ready`, () => {
    if (gateway.exit) throw new Error(`up ended: ${JSON.stringify(gateway.exit)}\n${gateway.out}`);
    return existsSync(ready);
  });
  gateway.addresses = JSON.parse(readFileSync(ready, "utf8"));
  gateway.baseURL = `http://${gateway.addresses.listen}/v1`;
  gateway.ready = ready;
  return gateway;
}
async function stop(gateway, signal = "SIGINT") {
  gateway.process.kill(signal);
  assert.deepEqual(await gateway.ended, { code: 0, signal: null }, gateway.out);
  assert.equal(existsSync(gateway.ready), false, "a ready file must not outlive what it speaks of");
}
const descendants = (pid) => readdirSync(`/proc/${pid}/task`).flatMap((task) => readFileSync(`/proc/${pid}/task/${task}/children`, "utf8").split(" ").filter(Boolean));
const gone = (pid) => !existsSync(`/proc/${pid}`) || readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ");

test("without a configuration and without a key, up is a demo whose printed curl answers", async () => {
  const gateway = await up("demo", ["up"]);
  assert.deepEqual(Object.keys(gateway.addresses), ["listen", "admin", "grpc", "proxy_ops", "control_ops"]);
  for (const name of ["listen", "admin", "proxy_ops", "control_ops"]) assert.match(gateway.addresses[name], /^127\.0\.0\.1:[1-9]\d*$/);
  for (const name of ["proxy_ops", "control_ops"]) assert.equal((await fetch(`http://${gateway.addresses[name]}/readyz`)).status, 200);
  assert.equal((await fetch(`http://${gateway.addresses.admin}/`)).status, 200);
  await until("the screen is printed", () => /curl[^\n]*chat\/completions/.test(gateway.out));
  // The very command that is printed, in a shell.
  const lines = gateway.out.split("\n");
  const first = lines.findIndex((line) => /curl.*chat\/completions/.test(line));
  let command = lines[first];
  for (let i = first; lines[i].endsWith("\\"); ++i) command += `\n${lines[i + 1]}`;
  const answer = run("bash", ["-c", `${command.trim()}`]);
  assert.equal(answer.status, 0, command + answer.stderr);
  assert.match(answer.stdout, /chat\.completion/);
  // One of the demo's providers fails now and then: nobody may notice.
  const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => chatFetch(gateway.baseURL, { messages: [{ role: "user", content: `demo ${i}` }] })));
  assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
  const stream = await chatFetch(gateway.baseURL, { stream: true });
  assert.equal(eventsOf(await stream.text()).at(-1), "[DONE]");
  const children = descendants(gateway.process.pid);
  assert.ok(children.length >= 2);
  await stop(gateway);
  assert.ok(children.every(gone), "no process is left behind");
});

test("with a file, up serves it, follows it, and takes SIGINT for an end", async () => {
  const file = join(folder, "own.yaml");
  const document = (name) => JSON.stringify(plainConfig(mock.baseURL, { models: [{ id: `mock/${name}` }] }));
  writeFileSync(file, document("first"));
  const gateway = await up("own", ["up", "--config", file, "--workers", "1"]);
  assert.equal((await chatFetch(gateway.baseURL, { model: "mock/first" })).status, 200);
  writeFileSync(file, document("second"));
  await until("the change is served", async () => (await (await fetch(`${gateway.baseURL}/models`)).text()).includes("mock/second"));
  await stop(gateway, "SIGINT");
});

test("with a key in the environment, up writes a configuration from it and hides the key", async () => {
  const key = "sk-from-the-environment-0123456789";
  const gateway = await up("environment", ["up"], { OPENAI_API_KEY: key, OPENAI_BASE_URL: mock.baseURL });
  await mock.clear();
  assert.equal((await chatFetch(gateway.baseURL)).status, 200);
  const [request] = await mock.requests();
  assert.ok(request.headers.some(([, value]) => value === `Bearer ${key}`));
  assert.doesNotMatch(gateway.out, new RegExp(key));
  await stop(gateway);
});

test("what is asked of up while a stream runs is done after the stream", async () => {
  const gateway = await up("drain", ["up", "--config", join(folder, "own.yaml")]);
  const stream = await chatFetch(gateway.baseURL, { stream: true, messages: [{ role: "user", content: '[[mock: {"events": 40, "pace_ms": 20}]]' }] });
  const text = stream.text();
  gateway.process.kill("SIGTERM");
  assert.equal(eventsOf(await text).length, 43);
  assert.deepEqual(await gateway.ended, { code: 0, signal: null });
});

test("a plane that dies is started again, and requests go on", async () => {
  const gateway = await up("restart", ["up", "--config", join(folder, "own.yaml")]);
  const controlPid = descendants(gateway.process.pid).find((pid) => readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("smartroute-control"));
  assert.ok(controlPid);
  process.kill(Number(controlPid), "SIGKILL");
  for (let i = 0; i < 20; ++i) assert.equal((await chatFetch(gateway.baseURL)).status, 200);
  await until("the control plane is there again", async () => (await metricsOf(gateway.addresses.proxy_ops)).value("smartroute_cp_connected") === 1 && !descendants(gateway.process.pid).includes(controlPid));
  assert.equal((await fetch(`http://${gateway.addresses.admin}/`)).status, 200);
  await stop(gateway);
});

test("what up keeps is for its owner alone", async () => {
  const state = join(folder, "environment.state");
  assert.equal(statSync(state).mode & 0o077, 0);
});

test("up says what is wrong with a file and exits, leaving nothing behind", async () => {
  const file = join(folder, "wrong.yaml");
  writeFileSync(file, "providers:\n  - {id: a, base_url: nowhere}\n");
  const { status, stderr } = run(binary("smartroute"), ["up", "--config", file, "--state", join(folder, "wrong.state"), "--listen", "127.0.0.1:0"]);
  assert.equal(status, 3);
  assert.match(stderr, /wrong\.yaml:2: providers\[0\]\.base_url: /);
});

test("validate prints every problem with file, line, field and the nearest name, and exits 3", () => {
  const file = join(folder, "broken.yaml");
  writeFileSync(file, ["gateway: {unknown_model: rout}", "providers:", `  - {id: openai, base_url: "${mock.baseURL}", api_key: "sk-0123456789"}`, "  - {id: openai, base_url: nowhere, api_kye: x}", "default_provider: opena", "limits:", "  header_timeout: 5 parsecs", ""].join("\n"));
  const { status, stdout, stderr } = run(binary("smartroute"), ["validate", file]);
  assert.equal(status, 3);
  const text = stdout + stderr;
  for (const line of [
    "broken.yaml:1: gateway.unknown_model: ",
    "broken.yaml:4: providers[1].id: ",
    "broken.yaml:4: providers[1].base_url: ",
    "broken.yaml:4: providers[1].api_kye: ",
    "broken.yaml:5: default_provider: ",
    "broken.yaml:7: limits.header_timeout: ",
  ])
    assert.ok(text.includes(line), `${line} is missing in:\n${text}`);
  assert.match(text, /did you mean 'api_key'\?/);
  assert.match(text, /did you mean 'openai'\?/);
  assert.doesNotMatch(text, /sk-0123456789/);
});

test("validate exits 0 for a good file, and 2 for one that is not there", () => {
  assert.equal(run(binary("smartroute"), ["validate", join(folder, "own.yaml")]).status, 0);
  assert.equal(run(binary("smartroute"), ["validate", join(folder, "none.yaml")]).status, 2);
});
