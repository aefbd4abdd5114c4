// A configuration from its author to the requests it governs: by file, by the admin API, and what is never shown of it.
import assert from "node:assert/strict";
import { appendFileSync, mkdirSync, readFileSync, readdirSync, renameSync, statSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { after, before, describe } from "node:test";

import { RawClient } from "./lib/raw.mjs";
import { Control, Gateway, Proxy, chatFetch, filesBelow, metricsOf, plainConfig, until, useGateway } from "./lib/world.mjs";

const modelsOf = async (gateway) => (await (await fetch(`${gateway.baseURL}/models`)).json()).data.map(({ id }) => id);
const refusal = (call) => call.then(() => assert.fail("was accepted"), (error) => ({ status: error.status, ...JSON.parse(error.text) }));

describe("a configuration that a file owns", () => {
  const withModel = (name) => ({ mock }) => plainConfig(mock.baseURL, { models: [{ id: `mock/${name}` }] });
  const gateway = useGateway({ owner: "file", config: withModel("from-start") });
  const text = (name) => JSON.stringify(withModel(name)(gateway.mocks), null, 1);
  const served = (name) => until(`${name} is served`, async () => (await modelsOf(gateway)).includes(`mock/${name}`));

  test("is applied at the start", async () => {
    await served("from-start");
    assert.equal(await gateway.control.newest(), 1);
  });

  test("is read again when it is written in place", async () => {
    writeFileSync(gateway.configFile, text("in-place"));
    await served("in-place");
  });

  test("is read again when an editor puts a new file in its place", async () => {
    writeFileSync(`${gateway.configFile}~`, text("by-rename"));
    renameSync(`${gateway.configFile}~`, gateway.configFile);
    await served("by-rename");
    assert.ok(!(await modelsOf(gateway)).includes("mock/in-place"));
  });

  test("is read again after it was away for a while", async () => {
    const before = await gateway.control.newest();
    unlinkSync(gateway.configFile);
    await until("its absence is noted", () => gateway.control.log.includes("was not applied"));
    assert.equal(await gateway.control.newest(), before);
    writeFileSync(gateway.configFile, text("back-again"));
    await served("back-again");
  });

  test("becomes no revision when nothing changed in it", async () => {
    const before = await gateway.control.newest();
    writeFileSync(gateway.configFile, text("back-again"));
    writeFileSync(gateway.configFile, `${text("back-again")}\n\n`);
    writeFileSync(gateway.configFile, text("afterwards"));
    await served("afterwards");
    const { revisions } = await gateway.control.call("ConfigService/ListRevisions");
    const prints = revisions.map(({ fingerprint }) => fingerprint);
    assert.equal(new Set(prints.slice(0, Number(revisions[0].number) - before + 1)).size, Number(revisions[0].number) - before + 1);
  });

  test("that is bad, in any way, leaves the last good revision serving", async () => {
    const before = await gateway.control.newest();
    const wrong = {
      "not YAML": "providers: [",
      "not UTF-8": Buffer.from([0x70, 0xff, 0xfe, 0x3a, 0x20, 0x31]),
      "unknown field": text("x").replace('"tiers"', '"teirs"'),
      "dangling provider": text("x").replace('"t2"', '"t9"'),
      "wrong unit": `${text("x").trimEnd().slice(0, -1)}, "limits": {"header_timeout": "5 parsecs"}}`,
      "NUL bytes": Buffer.alloc(64),
    };
    for (const [name, content] of Object.entries(wrong)) {
      const mark = gateway.control.log.length;
      writeFileSync(`${gateway.configFile}.new`, content);
      renameSync(`${gateway.configFile}.new`, gateway.configFile);
      await until(`${name} is complained of`, () => gateway.control.log.slice(mark).includes("the last good revision stays"));
      assert.equal(await gateway.control.newest(), before, name);
      assert.equal((await chatFetch(gateway.baseURL)).status, 200, name);
      assert.ok((await modelsOf(gateway)).includes("mock/afterwards"), name);
    }
    assert.equal((await fetch(`http://${gateway.control.ready.control_ops}/readyz`)).status, 200);
    writeFileSync(gateway.configFile, text("repaired"));
    await served("repaired");
  });

  test("is not to be changed by the admin API, which says whose it is", async () => {
    const base = String(await gateway.control.newest());
    const put = await refusal(gateway.control.call("ConfigService/PutConfig", { source: { text: text("other") }, baseRevision: base }));
    assert.equal(put.status, 400);
    assert.equal(put.code, "failed_precondition");
    const rollback = await refusal(gateway.control.call("ConfigService/Rollback", { to: "1", baseRevision: base }));
    assert.equal(rollback.code, "failed_precondition");
    const shown = await gateway.control.call("ConfigService/GetConfig");
    assert.equal(shown.ownedByFile, gateway.configFile);
    assert.equal(await gateway.control.newest(), Number(base));
  });

  test("stays served when the file is gone for good and the proxy restarts", async () => {
    unlinkSync(gateway.configFile);
    await gateway.proxy.restart();
    assert.equal((await chatFetch(gateway.baseURL)).status, 200);
    writeFileSync(gateway.configFile, text("repaired"));
  });
});

test("a mounted configuration is read again when Kubernetes swaps its ..data link", async () => {
  const gateway = new Gateway({ proxies: 0 });
  try {
    await gateway.start();
    const mount = join(gateway.folder, "mount");
    const version = (stamp, name) => {
      mkdirSync(join(mount, stamp), { recursive: true });
      writeFileSync(join(mount, stamp, "gateway.yaml"), JSON.stringify(plainConfig(gateway.mocks.mock.baseURL, { models: [{ id: `mock/${name}` }] })));
      symlinkSync(stamp, join(mount, "..data_tmp"));
      renameSync(join(mount, "..data_tmp"), join(mount, "..data"));
    };
    version("..2026_01_01", "first");
    symlinkSync("..data/gateway.yaml", join(mount, "gateway.yaml"));
    const owner = new Control(join(gateway.folder, "k8s"), { configFile: join(mount, "gateway.yaml") });
    mkdirSync(join(gateway.folder, "k8s"));
    await owner.start();
    const proxy = new Proxy(join(gateway.folder, "k8s"), "pod", owner.ready.grpc);
    await proxy.start();
    try {
      for (const [i, name] of ["second", "third", "fourth"].entries()) {
        version(`..2026_01_0${i + 2}`, name);
        await until(`${name} is served`, async () => (await modelsOf(proxy)).includes(`mock/${name}`));
      }
      assert.equal(await owner.newest(), 4);
    } finally {
      assert.equal((await proxy.stop()).code, 0);
      assert.equal((await owner.stop()).code, 0);
    }
  } finally {
    await gateway.stop();
  }
});

describe("the admin API", () => {
  const gateway = useGateway({ config: ({ mock }) => plainConfig(mock.baseURL) });
  const document = (more) => JSON.stringify(plainConfig(gateway.mocks.mock.baseURL, more));
  const put = (text, baseRevision, more = {}) => gateway.control.call("ConfigService/PutConfig", { source: { text }, baseRevision: String(baseRevision), ...more });

  test("keeps author, note and base of every revision, newest first, in pages", async () => {
    for (let i = 2; i <= 6; ++i) await put(document({ models: [{ id: `mock/m${i}` }] }), i - 1, { author: `author-${i}`, note: `note ${i}` });
    const first = await gateway.control.call("ConfigService/ListRevisions", { pageSize: 4 });
    assert.deepEqual(first.revisions.map(({ number, author, note, base }) => [Number(number), author, note, Number(base)]), [6, 5, 4, 3].map((i) => [i, `author-${i}`, `note ${i}`, i - 1]));
    const rest = await gateway.control.call("ConfigService/ListRevisions", { pageSize: 4, before: first.nextBefore });
    assert.deepEqual(rest.revisions.map(({ number }) => Number(number)), [2, 1]);
    assert.equal(rest.nextBefore ?? "0", "0");
  });

  test("shows any revision, and what lies between two", async () => {
    const { config, yaml, revision } = await gateway.control.call("ConfigService/GetConfig", { revision: "3" });
    assert.equal(revision.number, "3");
    assert.equal(config.models[0].id, "mock/m3");
    assert.match(yaml, /mock\/m3/);
    const { changes, unified } = await gateway.control.call("ConfigService/DiffRevisions", { from: "3", to: "5" });
    assert.deepEqual(changes.map(({ path, before, after }) => [path, before, after]), [
      ["models[mock/m3].id", "mock/m3", undefined],
      ["models[mock/m5].id", undefined, "mock/m5"],
    ]);
    assert.match(unified, /^-.*mock\/m3/m);
    assert.match(unified, /^\+.*mock\/m5/m);
    assert.equal((await refusal(gateway.control.call("ConfigService/GetConfig", { revision: "99" }))).status, 404);
  });

  test("rolls back by a new revision with the old content, which is what is then served", async () => {
    const { revision } = await gateway.control.call("ConfigService/Rollback", { to: "2", baseRevision: "6", note: "back", author: "me" });
    assert.deepEqual([revision.number, revision.rollbackOf, revision.base], ["7", "2", "6"]);
    await gateway.untilApplied(7);
    assert.ok((await modelsOf(gateway)).includes("mock/m2"));
    const [was, is] = await Promise.all(["2", "7"].map((number) => gateway.control.call("ConfigService/GetConfig", { revision: number })));
    assert.equal(is.revision.fingerprint, was.revision.fingerprint);
    assert.equal(is.yaml, was.yaml);
  });

  test("refuses a write that was made against an older revision, with 409", async () => {
    for (const base of [0, 1, 6, 8, 99]) {
      const { status, code } = await refusal(put(document({ models: [{ id: "mock/lost" }] }), base));
      assert.equal(status, 409, `base ${base}`);
      assert.equal(code, "aborted");
    }
    assert.equal((await refusal(gateway.control.call("ConfigService/Rollback", { to: "3", baseRevision: "6" }))).status, 409);
    assert.equal(await gateway.control.newest(), 7);
    // What is there already needs no base: a writer that was cut off may simply ask again.
    const same = await gateway.control.call("ConfigService/Rollback", { to: "2", baseRevision: "6" });
    assert.equal(same.revision.number, "7");
  });

  test("lets exactly one of many writers with the same base win", async () => {
    const answers = await Promise.allSettled(Array.from({ length: 16 }, (_, i) => put(document({ models: [{ id: `mock/racer${i}` }] }), 7)));
    const won = answers.flatMap((answer, i) => (answer.status === "fulfilled" ? [i] : []));
    assert.equal(won.length, 1);
    assert.ok(answers.every((answer) => answer.status === "fulfilled" || answer.reason.status === 409));
    const { config } = await gateway.control.call("ConfigService/GetConfig");
    assert.equal(config.models[0].id, `mock/racer${won[0]}`);
    assert.equal(await gateway.control.newest(), 8);
  });

  test("names every problem at once with its field, and changes nothing", async () => {
    const bad = document({ default_provider: "mokc", retry: { status_codes: [42] }, tiers: { t1: { models: ["mock/a"], max_attempts: 0 } } });
    const { problems, valid = false } = await gateway.control.call("ConfigService/ValidateConfig", { source: { text: bad } });
    assert.equal(valid, false);
    const errors = problems.filter(({ severity }) => severity === "SEVERITY_ERROR");
    assert.deepEqual(errors.map(({ path }) => path).sort(), ["default_provider", "retry.status_codes[0]", "tiers.t1.max_attempts"]);
    assert.equal(errors.find(({ path }) => path === "default_provider").nearest, "mock");
    const refused = await refusal(put(bad, 8));
    assert.equal(refused.status, 400);
    assert.deepEqual(refused.problems.filter(({ severity }) => severity === "SEVERITY_ERROR").map(({ path }) => path).sort(), errors.map(({ path }) => path).sort());
    assert.equal(await gateway.control.newest(), 8);
    assert.equal((await gateway.control.call("ConfigService/ValidateConfig", { source: { text: document() } })).valid, true);
    assert.equal(await gateway.control.newest(), 8, "validating is not writing");
  });

  test("refuses what is no request: 400, 404, 405, 415", async () => {
    const url = `http://${gateway.control.ready.admin}/smartroute.admin.v1.ConfigService/GetConfig`;
    const authorization = `Bearer ${gateway.control.token}`;
    const status = async (path, init) => (await fetch(path, init)).status;
    assert.equal(await status(url, { method: "POST", headers: { authorization, "content-type": "application/json" }, body: "{" }), 400);
    assert.equal(await status(url, { method: "POST", headers: { authorization, "content-type": "application/json" }, body: '{"revison": 1}' }), 400);
    assert.equal(await status(url, { method: "POST", headers: { authorization, "content-type": "text/plain" }, body: "{}" }), 415);
    assert.equal(await status(url, { headers: { authorization } }), 405);
    assert.equal(await status(url.replace("GetConfig", "DropConfig"), { method: "POST", headers: { authorization, "content-type": "application/json" }, body: "{}" }), 404);
    assert.equal(await status(`http://${gateway.control.ready.admin}/etc/passwd`, { headers: { authorization } }), 404);
    assert.equal(await status(`http://${gateway.control.ready.admin}/`), 200);
  });

  test("asks for its token at every method, and takes no other", async () => {
    const methods = ["ConfigService/GetConfig", "ConfigService/ValidateConfig", "ConfigService/PutConfig", "ConfigService/ListRevisions", "ConfigService/DiffRevisions", "ConfigService/Rollback", "FleetService/ListInstances", "LogService/ListRecords"];
    const { token } = gateway.control;
    assert.ok(token.length >= 32);
    assert.equal(statSync(gateway.control.ready.admin_token_file).mode & 0o777, 0o600);
    const asked = (method, headers) =>
      fetch(`http://${gateway.control.ready.admin}/smartroute.admin.v1.${method}`, { method: "POST", headers: { "content-type": "application/json", ...headers }, body: "{}" });
    for (const method of methods) {
      const answer = await asked(method, {});
      assert.equal(answer.status, 401, method);
      assert.equal((await answer.json()).code, "unauthenticated");
    }
    for (const wrong of [`Bearer ${token.slice(0, -1)}`, `Basic ${token}`]) assert.equal((await asked(methods[0], { authorization: wrong })).status, 401, wrong.slice(0, 10));
    assert.equal((await asked(methods[0], { authorization: `Bearer ${token}`, origin: "http://evil.example" })).status, 403);
    // Guessing is slowed down, but never for the right token's owner for long.
    let throttled = false;
    for (let i = 0; i < 100 && !throttled; ++i) throttled = (await asked(methods[0], { authorization: `Bearer sra_${i}` })).status === 429;
    assert.ok(throttled, "100 wrong tokens in a row must meet a limit");
    assert.equal((await asked(methods[0], { authorization: `Bearer ${token}` })).status, 200, "the right token is served all the same");
  });
});

describe("a secret", () => {
  const canary = (name) => `sk-canary-${name}-7f3a9c1e5b2d8046`;
  const secrets = { literal: canary("literal"), environment: canary("environment"), file: canary("file"), gateway: canary("gateway"), client: canary("client"), old: canary("old") };
  let gateway;
  const seen = []; // every text that anybody could read
  const keep = (where, text) => seen.push([where, text]);
  const bearer = { authorization: `Bearer ${secrets.gateway}` };

  before(async () => {
    gateway = new Gateway({
      mocks: {
        mock: {
          script: {
            models: {
              // A provider that tells everybody whose key it did not like.
              refuses: { status: 401, body: JSON.stringify({ error: { message: `Incorrect API key provided: ${secrets.literal}`, type: "x", code: "invalid_api_key" } }) },
              fails: { status: 500, body: `<html>${secrets.literal}</html>` },
              hides: { error_200: true, body: JSON.stringify({ error: { message: `bad key ${secrets.literal}` } }) },
            },
          },
        },
      },
      env: { CANARY_KEY: secrets.environment },
      controlArgs: ["--log-level", "debug"],
      proxyArgs: ["--log-level", "debug"],
    });
    writeFileSync(join(gateway.folder, "provider.key"), secrets.file);
    const config = (literal) => ({ mock }) =>
      plainConfig(mock.baseURL, {
        gateway: { api_keys: [secrets.gateway] },
        providers: [
          { id: "mock", protocol: "openai", base_url: mock.baseURL, api_key: literal },
          { id: "env", protocol: "openai", base_url: mock.baseURL, api_key: "${CANARY_KEY}" },
          { id: "file", protocol: "openai", base_url: mock.baseURL, api_key: `file:${gateway.folder}/provider.key` },
          { id: "down", protocol: "openai", base_url: "http://127.0.0.1:1/v1", api_key: literal },
        ],
      });
    gateway.options.config = config(secrets.old);
    await gateway.start();
    await gateway.setConfig(config(secrets.literal));
  });
  after(() => gateway?.stop());

  test("reaches the provider it is for, whatever form it was written in", async () => {
    for (const [provider, secret] of [["mock", "literal"], ["env", "environment"], ["file", "file"]]) {
      await gateway.mocks.mock.clear();
      const answer = await chatFetch(gateway.baseURL, { model: `${provider}/m` }, { headers: bearer });
      assert.equal(answer.status, 200);
      keep(`answer of ${provider}`, JSON.stringify([...answer.headers]) + (await answer.text()));
      const [request] = await gateway.mocks.mock.requests();
      assert.deepEqual(request.headers.filter(([name]) => name.toLowerCase() === "authorization").map(([, value]) => value), [`Bearer ${secrets[secret]}`]);
    }
  });

  test("is in no answer of the data plane", async () => {
    for (const [fields, headers] of [
      [{ model: "mock/refuses" }, bearer],
      [{ model: "mock/fails" }, bearer],
      [{ model: "mock/hides" }, bearer],
      [{ model: "down/m" }, bearer],
      [{ model: 7 }, bearer],
      [{}, { authorization: `Bearer ${secrets.client}` }],
      [{}, { "x-api-key": secrets.client }],
      [{ model: secrets.client.slice(0, 5) }, { "api-key": `${secrets.gateway}x` }],
    ]) {
      const answer = await chatFetch(gateway.baseURL, fields, { headers });
      assert.ok(answer.status >= 400, JSON.stringify(fields));
      keep(`error ${answer.status}`, JSON.stringify([...answer.headers]) + (await answer.text()));
    }
    for (const path of ["/models", "/models/mock%2Fm", "/nothing"]) keep(path, await (await fetch(`${gateway.baseURL}${path}`, { headers: bearer })).text());
    for (const path of ["/metrics", "/livez", "/readyz"]) {
      keep(`proxy ${path}`, await (await gateway.proxy.ops(path)).text());
      keep(`control ${path}`, await (await fetch(`http://${gateway.control.ready.control_ops}${path}`)).text());
    }
    const raw = await RawClient.open(gateway.proxy.ready.listen);
    raw.write(`GET /v1/models HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${secrets.gateway}\r\nBad Header: ${secrets.client}\r\n\r\n`);
    keep("a head that was refused", (await raw.response()).body.toString());
    raw.close();
  });

  test("is in no answer of the admin API", async () => {
    const ask = async (method, message) =>
      keep(method, await gateway.control.call(method, message).then(JSON.stringify, (error) => error.text));
    await until("records are there", async () => ((await gateway.control.call("LogService/ListRecords", { pageSize: 100 })).records ?? []).length >= 10);
    for (const revision of ["0", "1", "2"]) await ask("ConfigService/GetConfig", { revision });
    await ask("ConfigService/DiffRevisions", { from: "1", to: "2" });
    await ask("ConfigService/ListRevisions", {});
    await ask("FleetService/ListInstances", {});
    await ask("LogService/ListRecords", { pageSize: 1000 });
    const wrong = JSON.stringify(plainConfig("http://127.0.0.1:1", { providers: [{ id: "a b", protocol: "openai", base_url: `http://${secrets.client}@x/`, api_key: `${secrets.literal}\n` }] }));
    await ask("ConfigService/ValidateConfig", { source: { text: wrong } });
    await ask("ConfigService/PutConfig", { source: { text: wrong }, baseRevision: "2" });
    await ask("ConfigService/PutConfig", { source: { text: `providers: [{api_key: ${secrets.literal}` }, baseRevision: "2" });
    await ask("ConfigService/PutConfig", { source: { text: `{"gateway": {"api_keys": ["${secrets.gateway}", {"x": "${secrets.literal}"}]}}` }, baseRevision: "2" });
    keep("wrong token", await (await fetch(`http://${gateway.control.ready.admin}/smartroute.admin.v1.ConfigService/GetConfig`, { method: "POST", headers: { authorization: `Bearer ${secrets.client}`, "content-type": "application/json" }, body: "{}" })).text());
    keep("page", await (await fetch(`http://${gateway.control.ready.admin}/`)).text());
    const { yaml } = await gateway.control.call("ConfigService/GetConfig");
    assert.match(yaml, /\$\{CANARY_KEY\}/, "a reference is shown as it was written");
    assert.match(yaml, /…8046/, "of a literal the last four characters are shown");
  });

  test("survives that its hints are sent back", async () => {
    const { config } = await gateway.control.call("ConfigService/GetConfig");
    config.models = [{ id: "mock/renamed" }];
    const { revision } = await gateway.control.call("ConfigService/PutConfig", { source: { config }, baseRevision: "2" });
    await gateway.untilApplied(Number(revision.number));
    await gateway.mocks.mock.clear();
    assert.equal((await chatFetch(gateway.baseURL, { model: "mock/renamed" }, { headers: bearer })).status, 200);
    const [request] = await gateway.mocks.mock.requests();
    assert.ok(request.headers.some(([, value]) => value === `Bearer ${secrets.literal}`));
  });

  test("was in nothing that anybody could read, nor in any log, nor in any file", async () => {
    await gateway.proxy.restart();
    await gateway.control.restart("SIGKILL");
    for (const child of [gateway.proxy, gateway.control]) keep(`log of ${child.name}`, child.log);
    const files = [...filesBelow(gateway.control.state), ...filesBelow(gateway.proxy.state)];
    assert.ok(files.some(([path]) => path.includes("last-known-good")) && files.some(([path]) => path.endsWith(".log") || path.endsWith(".sst")), files.map(([path]) => path).join());
    for (const [path, bytes] of files) keep(path, bytes.toString("latin1"));
    assert.ok(seen.length > 40);
    for (const [where, text] of seen)
      for (const [name, secret] of Object.entries(secrets)) {
        assert.ok(!text.includes(secret), `the ${name} secret is in: ${where}`);
        assert.ok(!text.includes(Buffer.from(secret).toString("base64").slice(0, 24)), `the ${name} secret is in base64 in: ${where}`);
        assert.ok(!text.includes(secret.slice(3, 30)), `most of the ${name} secret is in: ${where}`);
      }
    for (const child of [gateway.proxy, gateway.control])
      for (const [where, bytes] of [["arguments", readFileSync(`/proc/${child.pid}/cmdline`)]])
        for (const secret of Object.values(secrets)) assert.ok(!bytes.includes(secret), `${where} of ${child.name}`);
  });

  test("lies in files for their owner alone", () => {
    for (const folder of [gateway.control.state, gateway.proxy.state]) {
      assert.equal(statSync(folder).mode & 0o077, 0, folder);
      for (const name of readdirSync(folder, { recursive: true })) {
        const about = statSync(join(folder, name));
        if (about.isFile() && /key|token|last-known-good/.test(name)) assert.equal(about.mode & 0o777, 0o600, name);
      }
    }
  });
});
