// start.bat as far as it can be judged where there is no Windows: what cmd.exe would stumble over, and the part that runs inside WSL.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";

import { read, root, run } from "./lib/build_under_test.mjs";

const folder = join(root, "deploy/windows");
const bytes = readFileSync(join(folder, "start.bat"));
const lines = bytes.toString("latin1").split("\r\n");

test("the batch file is ASCII and every line ends as on Windows", () => {
  assert.ok(bytes.every((byte) => byte < 0x80));
  assert.ok(!lines.some((line) => /[\r\n]/.test(line)));
  assert.equal(lines.at(-1), "");
  for (const line of lines) assert.ok(line.length < 8191, "cmd.exe takes no longer line");
});

test("every goto has one label, every label is reached, and nothing falls into the next part", () => {
  const labels = lines.filter((line) => line.startsWith(":")).map((line) => line.slice(1));
  const targets = lines.flatMap((line) => [...line.matchAll(/\bgoto (\w+)/g)].map((m) => m[1]));
  assert.equal(new Set(labels).size, labels.length);
  assert.deepEqual(new Set(targets), new Set(labels));
  lines.forEach((line, i) => {
    if (!line.startsWith(":")) return;
    const before = lines.slice(0, i).findLast((each) => each.trim() !== "" && !each.startsWith("rem "));
    assert.match(before, /^goto \w+$/, `before ${line}`);
  });
  assert.equal(lines.findLast((line) => line !== ""), "exit /b %RESULT%");
});

test("each way to the end says how it ended", () => {
  const results = new Map();
  let label = "";
  for (const line of lines) {
    label = /^:(\w+)$/.exec(line)?.[1] ?? label;
    const result = /^set "RESULT=(\d)"$/.exec(line)?.[1];
    if (result) results.set(label, Number(result));
  }
  assert.deepEqual(Object.fromEntries(results), { docker_is_off: 2, neither: 2, failed: 1, well: 0 });
});

test("quotes and parentheses are closed on each line", () => {
  for (const line of lines.filter((line) => !line.startsWith("rem "))) {
    assert.equal((line.match(/"/g) ?? []).length % 2, 0, line);
    assert.equal((line.match(/\(/g) ?? []).length, (line.match(/\)/g) ?? []).length, line);
  }
});

test("every text it shows is there, in English and Chinese", () => {
  const shown = new Set(lines.flatMap((line) => [...line.matchAll(/^type "%HERE%words\\(\w+\.txt)"$/g)].map((m) => m[1])));
  assert.deepEqual(new Set(readdirSync(join(folder, "words"))), shown);
  for (const name of shown) {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(readFileSync(join(folder, "words", name)));
    assert.ok(!text.startsWith("\ufeff"), name);
    assert.match(text, /[A-Za-z]{4}/, name);
    assert.match(text, /[\u4e00-\u9fff]{4}/, name);
    for (const line of text.split("\r\n")) assert.doesNotMatch(line, /[\r\n]/, name);
  }
});

test("the image it builds and the script it calls exist, and it hands on every provider key that the programs know", () => {
  const text = lines.join("\n");
  for (const [, path] of text.matchAll(/%ROOT%\\([\w\\]+)"/g)) readFileSync(join(root, path.replaceAll("\\", "/")));
  for (const [, path] of text.matchAll(/ -e sh (\S+)/g)) readFileSync(join(root, path));
  const known = [...read(root, "tools/cli/known_providers.hpp").matchAll(/"([A-Z]+_API_KEY)"/g)].map((m) => m[1]);
  assert.ok(known.length >= 10);
  for (const name of known) assert.ok(text.includes(` -e ${name} `), name);
});

test("the part for WSL copies the tree and starts it there", () => {
  const scratch = mkdtempSync(join(tmpdir(), "smartroute-wsl-"));
  try {
    const from = join(scratch, "from");
    mkdirSync(join(from, "tools"), { recursive: true });
    for (const left of ["build", ".git", "dashboard/node_modules"]) {
      mkdirSync(join(from, left), { recursive: true });
      writeFileSync(join(from, left, "file"), "");
    }
    writeFileSync(join(from, "tools/up"), 'pwd\nprintf "%s|" "$@"\nfind . -type f | sort\n');
    const script = join(folder, "start_in_wsl.sh");
    const said = run("sh", [script, "run", "--admin", "127.0.0.1:7000", "two words"], { cwd: from, env: { ...process.env, SMARTROUTE_COPY: join(scratch, "copy") } });
    assert.deepEqual(said.trim().split("\n"), [join(scratch, "copy"), "--admin|127.0.0.1:7000|two words|./tools/up"]);
    // This is no WSL, whatever distribution it is.
    assert.equal(spawnSync("sh", [script, "check"], { cwd: from }).status === 0, /microsoft/i.test(read("/proc/sys/kernel/osrelease")));
    assert.equal(spawnSync("sh", [script], { cwd: from }).status, 2);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
});
