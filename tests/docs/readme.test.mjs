// Every command and program that the README shows is run as it stands, in both languages; only addresses and folders are this test's.
import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { accessSync, constants, copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { binary, until } from "../integration/lib/world.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const pages = ["README.md", "README.zh-CN.md"];
const blocksOf = (page, language) => [...readFileSync(join(root, page), "utf8").matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "gm"))].map(([, block]) => block);
// Commands of the blocks, comments off, continued lines joined.
const commandsOf = (page) => blocksOf(page, "sh").flatMap((block) => block.replace(/\\\n\s*/g, " ").split("\n")).map((line) => line.replace(/\s+#.*$/, "").trim()).filter(Boolean);
const anyPort = ["--listen", "--admin", "--proxy-ops", "--control-ops"].flatMap((flag) => [flag, "127.0.0.1:0"]);

const folder = mkdtempSync(join(tmpdir(), "smartroute-readme-"));
const bare = { PATH: `${dirname(binary("smartroute"))}:${process.env.PATH}`, HOME: folder };

// `smartroute up` with more variables: {api, output(), stop()}, once both planes are ready.
async function up(name, variables) {
  const readyFile = join(folder, `${name}.ready.json`);
  const child = spawn("smartroute", ["up", "--state", join(folder, name), "--ready-file", readyFile, "--demo-traffic", "0", ...anyPort], { env: { ...bare, ...variables }, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes) => (output += bytes));
  const ended = new Promise((resolve) => child.on("close", resolve));
  await until(`${name} is ready`, () => {
    assert.equal(child.exitCode, null, output);
    return existsSync(readyFile);
  });
  const ready = JSON.parse(readFileSync(readyFile, "utf8"));
  return { ready, output: () => output, stop: () => (child.kill("SIGINT"), ended) };
}

let demo;
before(async () => (demo = await up("demo", {})));
after(async () => {
  assert.equal(await demo?.stop(), 0);
  rmSync(folder, { recursive: true, force: true });
});
const here = (text) => text.replaceAll("127.0.0.1:8080", demo.ready.listen).replaceAll("127.0.0.1:6688", demo.ready.admin);

for (const page of pages) {
  const run = (command, options = {}) => spawnSync("bash", ["-c", here(command)], { encoding: "utf8", cwd: folder, env: bare, ...options });
  const ran = new Set();
  const only = (pattern) => {
    const found = commandsOf(page).filter((command) => pattern.test(command));
    assert.ok(found.length > 0, `${page} shows no command like ${pattern}`);
    for (const command of found) ran.add(command);
    return found;
  };

  test(`${page}: the two commands are programs`, () => {
    for (const command of only(/^\.\/tools\/(up|test)$/)) {
      accessSync(join(root, command), constants.X_OK);
      execFileSync("bash", ["-n", join(root, command)]);
    }
  });

  test(`${page}: the first request is answered`, () => {
    for (const command of only(/^curl /)) {
      const { status, stdout, stderr } = run(command.replace("curl ", "curl -sS --fail --max-time 30 "));
      assert.equal(status, 0, stderr);
      assert.ok(JSON.parse(stdout).choices[0].message.content.length > 0, stdout);
    }
  });

  test(`${page}: keys in the environment start the real thing`, async () => {
    for (const command of only(/^OPENAI_API_KEY=.* \.\/tools\/up$/)) {
      const variables = Object.fromEntries(command.split(" ").slice(0, -1).map((word) => word.split("=")));
      const gateway = await up("keys", variables);
      const { data } = await fetch(`http://${gateway.ready.listen}/v1/models`).then((answer) => answer.json());
      for (const provider of ["openai", "deepseek"]) assert.ok(data.some(({ id }) => id.startsWith(`${provider}/`)), `no model of ${provider}`);
      assert.equal(await gateway.stop(), 0, gateway.output());
    }
  });

  test(`${page}: the JavaScript program streams an answer`, () => {
    execFileSync(join(root, "tools", "node", "install"), [join(root, "tests", "conformance")], { stdio: "pipe" });
    for (const program of blocksOf(page, "js")) {
      // Beside the SDK, so that it is found.
      const file = join(root, "tests", "conformance", "node_modules", ".readme.mjs");
      writeFileSync(file, here(program));
      const { status, stdout, stderr } = spawnSync(process.execPath, [file], { encoding: "utf8", timeout: 60_000 });
      rmSync(file);
      assert.equal(status, 0, stderr);
      assert.ok(stdout.trim().length > 0);
    }
  });

  const noPython = spawnSync("python3", ["-c", "import openai"]).status === 0 ? false : "the Python SDK is not installed here";
  test(`${page}: the Python program asks and sees who answered`, { skip: noPython }, () => {
    for (const program of blocksOf(page, "python")) {
      const { status, stdout, stderr } = spawnSync("python3", ["-c", here(program)], { encoding: "utf8", timeout: 60_000 });
      assert.equal(status, 0, stderr);
      assert.match(stdout, /^t[123] \S+\n.+/s);
    }
  });

  test(`${page}: a configuration is made, checked, looked after and taken over`, () => {
    rmSync(join(folder, "smartroute.yaml"), { force: true });
    copyFileSync(join(root, "tests", "import", "litellm", "01-quick-start.yaml"), join(folder, "config.yaml"));
    const env = { ...bare, OPENAI_API_KEY: "sk-0123456789abcdef0123456789abcdef" };
    for (const command of only(/^smartroute (init|validate)/)) {
      const { status, stdout, stderr } = run(command, { env });
      assert.equal(status, 0, `${command}: ${stdout}${stderr}`);
    }
    for (const command of only(/^smartroute doctor/)) {
      // Of the demo that runs; what it says of a test machine may be warnings.
      const { status, stdout, stderr } = run(`${command} --state demo --admin ${demo.ready.admin} --proxy-ops ${demo.ready.proxy_ops} --control-ops ${demo.ready.control_ops} --offline`, { env });
      assert.ok(status === 0 || status === 4, `doctor: ${status} ${stdout}${stderr}`);
    }
    const [shown] = [...readFileSync(join(root, page), "utf8").matchAll(/`(smartroute config import [^`]+)`/g)].map(([, command]) => command);
    const { status, stdout, stderr } = run(shown, { env });
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^providers:$/m);
  });

  test(`${page}: nothing it shows was left out`, () => {
    assert.deepEqual(commandsOf(page).filter((command) => !ran.has(command)), []);
  });
}
