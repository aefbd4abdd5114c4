// The command line over a running gateway's log, statistics, tokens and prices: what it prints, what it exits with, and what its errors say.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { after, before, describe } from "node:test";

import { callers, kinds, matches, mixedConfig, mixedMocks, mixedTraffic, number, recordsOf, settled } from "./lib/records.mjs";
import { freePort } from "../conformance/lib/child.mjs";
import { binary, chatFetch, run, startGateway, until } from "./lib/world.mjs";

const ok = 0;
const failed = 1;
const misused = 2;

let gateway, all;
before(async () => {
  gateway = await startGateway({ mocks: mixedMocks, config: mixedConfig() });
  all = await settled(gateway, (await mixedTraffic(gateway, 2)).length);
});
after(() => gateway?.stop());

const environment = (more = {}) => {
  const kept = Object.entries(process.env).filter(([name]) => !/^SMARTROUTE_/.test(name));
  return { ...Object.fromEntries(kept), SMARTROUTE_ADMIN: gateway.control.ready.admin, SMARTROUTE_ADMIN_TOKEN: gateway.control.token, ...more };
};
const cli = (args, { env = {}, ...options } = {}) => run(binary("smartroute"), args, { env: environment(env), ...options });
// What it prints when all goes well.
function said(args, options) {
  const { status, stdout, stderr } = cli(args, options);
  assert.equal(status, ok, `${args.join(" ")}: ${stderr}`);
  return stdout;
}
const json = (args, options) => JSON.parse(said([...args, "-o", "json"], options));
const idsOf = (records = []) => records.map(({ recordId }) => recordId);

describe("logs", () => {
  test("shows the newest, a line each", () => {
    const [heading, ...lines] = said(["logs"]).trimEnd().split("\n");
    assert.match(lines.pop(), /^tokens in\/out: .* said by the provider, .* estimated/);
    assert.match(heading, /^TIME.*STATUS.*TIER.*MODEL.*PREVIEW$/);
    assert.equal(lines.length, 20);
    assert.deepEqual(idsOf(json(["logs"]).records), idsOf(all.slice(0, 20)));
    assert.equal(said(["logs", "-n", "3"]).trimEnd().split("\n").length, 5);
    assert.ok(said(["logs", "--request", "mixed-0-hello"]).includes("other/nobodys"));
    for (const line of lines) assert.doesNotMatch(line, /[\x00-\x1f]/);
  });

  test("query finds what its flags say, and goes on where it ended", () => {
    const middle = new Date(number(all[15].receivedUs) / 1000).toISOString();
    for (const [flags, filter] of [
      [[], {}],
      [["--tier", "t1,none"], { tiers: ["t1", "none"] }],
      [["--status", "4xx", "--status", "502"], { statuses: ["4xx", "502"] }],
      [["--model", "mock/medium", "--min-ms", "60"], { models: ["mock/medium"], minDurationMs: 60 }],
      [["--error", "any", "--min-retries", "1"], { errorKinds: ["any"], minRetries: 1 }],
      [["--category", "tool"], { categories: ["tool"] }],
      [["--ending", "client_gone"], { endings: ["client_gone"] }],
      [["--text", "PROVE"], { text: "prove" }],
      [["--provider", "other", "--instance", "proxy-1"], { providers: ["other"], instanceIds: ["proxy-1"] }],
      [["--key", all.find(({ keyName }) => keyName === "batch").keyId], { keyIds: [all.find(({ keyName }) => keyName === "batch").keyId] }],
      [["--since", "1h"], {}],
      [["--until", "1h"], { tiers: [] }],
      [["--since", middle], { sinceUs: Date.parse(middle) * 1000 }],
      [["--until", middle], { untilUs: Date.parse(middle) * 1000 }],
    ])
      assert.deepEqual(idsOf(json(["logs", "query", "-n", "1000", ...flags]).records), idsOf(all.filter((record) => matches(filter, record))), flags.join(" "));
    const { stderr, status } = cli(["logs", "query", "-n", "5"]);
    assert.equal(status, ok);
    const [, cursor] = /^there are more: --cursor (\S+)$/m.exec(stderr);
    assert.deepEqual(idsOf(json(["logs", "query", "-n", "5", "--cursor", cursor]).records), idsOf(all.slice(5, 10)));
  });

  test("show tells one request whole, by either id", async () => {
    const { recordId } = all.find(({ requestId }) => requestId === "mixed-1-hello");
    for (const id of ["mixed-1-hello", recordId]) {
      const text = said(["logs", "show", id]);
      for (const part of ["mixed-1-hello", "mock/overloaded", "down/gone", "other/nobodys", "upstream called", "first byte", "completed", "hello there", "said by the provider"]) assert.ok(text.includes(part), part);
      const { record } = json(["logs", "show", id]);
      const wanted = (await gateway.control.call("LogService/GetRecord", { recordId })).record;
      for (const field of ["recordId", "requestBody", "responseBody", "preview", "error", "completedUs"]) assert.equal(record[field], wanted[field] ?? "", field);
      assert.equal(record.attempts.length, 3);
    }
    const quiet = cli(["logs", "show", "mixed-1-quiet"]);
    assert.equal(quiet.status, ok);
    assert.match(quiet.stderr, /bodies are not kept/);
    assert.ok(!quiet.stdout.includes("nobody may read this"));
  });

  test("export writes CSV or JSON lines, to a file or not", async () => {
    const lines = said(["logs", "export"]).trimEnd().split("\n").map((line) => JSON.parse(line));
    assert.deepEqual(lines, all);
    const file = join(gateway.folder, "exported.csv");
    assert.equal(said(["logs", "export", "--format", "csv", "--tier", "t3", "-f", file]), "");
    assert.equal(readFileSync(file, "utf8").split("\r\n").length, 2 + all.filter(({ tier }) => tier === "t3").length);
    const [whole] = said(["logs", "export", "--bodies", "--request", "mixed-0-plain"]).trimEnd().split("\n").map((line) => JSON.parse(line));
    assert.ok(whole.requestBody && whole.responseBody);
    // Nothing matches: an empty file, not a former one.
    assert.equal(cli(["logs", "export", "--request", "nobody's", "-f", file]).status, ok);
    assert.equal(readFileSync(file, "utf8"), "");
    // A refused one leaves the file alone.
    writeFileSync(file, "former");
    assert.equal(cli(["logs", "export", "--tier", "t9", "-f", file]).status, failed);
    assert.equal(readFileSync(file, "utf8"), "former");
    const { status, stderr } = cli(["logs", "export", "-f", join(gateway.folder, "no", "such", "folder.jsonl")]);
    assert.equal(status, failed);
    assert.match(stderr, /folder\.jsonl cannot be written; check the path/);
  });

  test("storage tells how much there is", () => {
    assert.equal(number(json(["logs", "storage"]).records), all.length);
    assert.match(said(["logs", "storage"]), new RegExp(`records +${all.length},`));
  });

  test("-f shows what is there, then what comes, and ends with Ctrl-C", async () => {
    for (const form of ["text", "json"]) {
      const following = spawn(binary("smartroute"), ["logs", "-f", "-n", "2", "-o", form, "--category", "tool"], { env: environment(), stdio: ["ignore", "pipe", "pipe"] });
      let out = "";
      following.stdout.setEncoding("utf8").on("data", (text) => (out += text));
      const ended = new Promise((resolve) => following.on("close", (code, signal) => resolve({ code, signal })));
      const shown = () => out.split("\n").length - (form === "json" ? 1 : 2);
      await until("the two that are there", () => shown() >= 2);
      const [fields] = kinds.tools;
      await chatFetch(gateway.baseURL, fields, { headers: { "x-request-id": `followed-${form}`, authorization: `Bearer ${callers.web}` } }).then((answer) => answer.text());
      await until("the one that came", () => shown() >= 3);
      if (form === "json") assert.equal(JSON.parse(out.split("\n")[2]).requestId, "followed-json");
      following.kill("SIGINT");
      const { code, signal } = await ended;
      assert.ok(code === 0 || signal === "SIGINT", JSON.stringify({ code, signal }));
      assert.ok(out.endsWith("\n"));
    }
    all = await settled(gateway, all.length + 2);
  });

  test("-f ends when the control plane does, and says so", async () => {
    const following = spawn(binary("smartroute"), ["logs", "-f"], { env: environment(), stdio: ["ignore", "pipe", "pipe"] });
    let errors = "";
    let out = "";
    following.stderr.setEncoding("utf8").on("data", (text) => (errors += text));
    following.stdout.setEncoding("utf8").on("data", (text) => (out += text));
    const ended = new Promise((resolve) => following.on("close", (code) => resolve(code)));
    await until("it follows", () => out.split("\n").length > 20);
    await gateway.control.stop();
    assert.equal(await ended, failed);
    assert.match(errors, new RegExp(`${gateway.control.ready.admin} ended it: the server stops`));
    await gateway.control.start();
  });
});

test("stats tells totals, by what is asked for, over time", async () => {
  const requests = all.length;
  assert.equal(number(json(["stats"]).series[0].totals.requests), requests);
  assert.match(said(["stats"]), new RegExp(`\\b${requests}\\b`));
  for (const by of ["tier", "model", "provider", "key", "error", "status", "category", "ending", "attempt"]) {
    const { series } = json(["stats", "--by", by]);
    const text = said(["stats", "--by", by]);
    assert.ok(text.includes(by.toUpperCase()));
    for (const { value, label } of series) assert.ok(text.includes(label || value), `${by} ${value}`);
  }
  const t1 = json(["stats", "--by", "tier", "--value", "t1", "--step", "1m", "--compare", "--since", "2h"]);
  assert.deepEqual(t1.series.map(({ value }) => value), ["t1"]);
  assert.equal(number(t1.stepMs), 60_000);
  assert.equal(t1.before.length, 1);
  assert.ok(said(["stats", "--by", "tier", "--step", "auto", "--since", "2h"]).includes("TIME (UTC)"));
});

test("tokens counts as the gateway does", async () => {
  const text = "Hello brave new world, 天气 🙂";
  const file = join(gateway.folder, "text.txt");
  writeFileSync(file, text);
  const count = Number(said(["tokens", "-e", "o200k_base", file]));
  assert.ok(count > 6 && count < 20);
  assert.equal(Number(said(["tokens", "-m", "gpt-4o"], { input: text })), count);
  assert.equal(said(["tokens", "-e", "o200k_base", "--jsonl"], { input: [text, "", "Hello brave new world"].map((one) => JSON.stringify(one)).join("\n") }), `${count}\n0\n4\n`);
  const estimated = cli(["tokens", "-m", "qwen3-max", file]);
  assert.equal(estimated.status, ok);
  assert.match(estimated.stderr, /an estimate/);
  assert.ok(Number(estimated.stdout) > 0);
});

test("prices tells what each model costs and who says so", async () => {
  const table = json(["prices"]);
  const medium = table.find(({ model }) => model === "mock/medium");
  assert.deepEqual([medium.price.input, medium.price.output, medium.source], [1.5, 6, "config"]);
  assert.equal(table.find(({ model }) => model === "other/nobodys").price, null);
  const text = said(["prices"]);
  assert.match(text, /mock\/medium +1\.50 +6\.00 .*config/);
  assert.match(said(["prices", "gpt-4o"], { env: { SMARTROUTE_ADMIN: "127.0.0.1:1" } }), /gpt-4o +\d/);
});

test("a flag wins over the environment, the environment over a default", async () => {
  const nobody = `127.0.0.1:${await freePort()}`;
  const flags = ["--admin", gateway.control.ready.admin, "--token", gateway.control.token];
  for (const args of [["logs"], ["logs", "query"], ["logs", "storage"], ["logs", "export"], ["stats"], ["prices"], ["health"]]) {
    assert.equal(cli([...args, ...flags], { env: { SMARTROUTE_ADMIN: nobody, SMARTROUTE_ADMIN_TOKEN: "sra_wrong" } }).status, ok, `${args}`);
    assert.equal(cli([...args, "--admin", nobody]).status, failed, `${args}`);
    const state = { SMARTROUTE_ADMIN_TOKEN: "", SMARTROUTE_STATE: gateway.control.state };
    assert.equal(cli(args, { env: state }).status, ok, `${args}`);
  }
  const up = cli(["up", "--demo", "--listen", "nowhere", "--state", join(gateway.folder, "up")], { env: { SMARTROUTE_LISTEN: "elsewhere" } });
  assert.equal(up.status, misused);
  assert.match(up.stderr, /--listen: 'nowhere' is no address/);
});

// Place, reason, fix.
test("errors say where, why, and what to do", async () => {
  const nobody = `127.0.0.1:${await freePort()}`;
  const folder = join(gateway.folder, "folder");
  mkdirSync(folder);
  const broken = join(gateway.folder, "broken.jsonl");
  writeFileSync(broken, '"one"\ntwo\n');
  for (const [args, status, ...parts] of [
    [["logs", "--admin", nobody], failed, nobody, "refused", "--admin"],
    [["logs", "-f", "--admin", nobody], failed, nobody, "refused", "--admin"],
    [["logs", "export", "--admin", nobody], failed, nobody, "refused", "--admin"],
    [["stats", "--admin", nobody], failed, nobody, "refused", "--admin"],
    [["prices", "--admin", nobody], failed, nobody, "refused", "--config"],
    [["logs", "--token", "sra_wrong"], failed, "admin API", "refused the token", "SMARTROUTE_ADMIN_TOKEN"],
    [["logs", "export", "--token", "sra_wrong"], failed, "refused the token", "SMARTROUTE_ADMIN_TOKEN"],
    [["logs", "-f", "--token", "sra_wrong"], failed, "refused the token", "SMARTROUTE_ADMIN_TOKEN"],
    [["logs", "--admin", "somewhere"], failed, "somewhere", "no address", "HOST:PORT"],
    [["logs", "--tier", "t4"], failed, "tiers", "'t4'", "t1, t2, t3 and none"],
    [["logs", "-f", "--status", "ok"], failed, "statuses", "'ok'", "429"],
    [["logs", "query", "--cursor", "there"], failed, "cursor"],
    [["logs", "query", "--since", "yesterday"], misused, "--since", "'yesterday'", "24h"],
    [["logs", "--since", "1h", "--until", "2h"], misused, "--until 2h", "not after --since 1h"],
    [["logs", "show", "nobody's"], failed, "nobody's", "no record"],
    [["logs", "show"], misused, "id", "required"],
    [["logs", "-o", "xml"], misused, "--output", "xml", "text,json"],
    [["logs", "-n", "0"], misused, "--limit", "1"],
    [["logs", "export", "--format", "csv", "--bodies"], misused, "csv", "bodies", "jsonl"],
    [["logs", "prune", "--before", "1d"], misused, "asked", "--yes"],
    [["logs", "prune", "--yes"], misused, "--before"],
    [["logs", "prune", "--before", "1970", "--yes"], misused, "--before", "'1970'"],
    [["stats", "--by", "colour"], misused, "--by", "colour", "tier"],
    [["stats", "--step", "7"], misused, "--step", "'7'", "15m"],
    [["stats", "--step", "30s"], failed, "step_ms", "minute"],
    [["tokens"], misused, "encoding", "-e o200k_base"],
    [["tokens", "-e", "p51k"], misused, "p51k", "p50k_base"],
    [["tokens", "-e", "o200k_base", join(folder, "none")], misused, join(folder, "none"), "No such file"],
    [["tokens", "-e", "o200k_base", folder], misused, folder, "Is a directory"],
    [["tokens", "-e", "o200k_base", "--jsonl", broken], misused, broken, "line 2", "JSON string", "in quotes"],
    [["prices", "--config", join(folder, "none")], misused, join(folder, "none"), "No such file"],
  ]) {
    const { status: code, stdout, stderr } = cli(args, { input: "" });
    const what = `${args.join(" ")}: ${JSON.stringify({ code, stdout, stderr })}`;
    assert.equal(code, status, what);
    for (const part of parts) assert.ok(stderr.includes(part), `${part} in ${what}`);
    assert.doesNotMatch(stderr.replace(/\n/g, ""), /[\x00-\x1f]/, what);
    assert.ok(!stderr.includes(gateway.control.token));
  }
});

test("logs prune removes bodies, then records, and only with --yes", async () => {
  assert.equal(cli(["logs", "prune", "--before", "0s"], { input: "" }).status, misused);
  assert.equal((await recordsOf(gateway)).length, all.length);
  assert.match(said(["logs", "prune", "--before", "0s", "--bodies", "--yes"]), /^bodies removed, about [\d,]+ bytes\n$/);
  assert.equal((await recordsOf(gateway)).length, all.length);
  assert.match(cli(["logs", "show", "mixed-0-plain"]).stderr, /bodies are not kept/);
  assert.equal(number(json(["logs", "prune", "--before", "1h", "--yes"]).records), 0);
  assert.match(said(["logs", "prune", "--before", "0s", "--yes"]), new RegExp(`^${all.length} records removed`));
  assert.deepEqual(json(["logs"]).records ?? [], []);
  assert.equal(number(json(["stats"]).series[0].totals.requests), all.length, "statistics stay");
  assert.ok(existsSync(gateway.control.state));
});
