// A gateway is copied while it works, lost, and made again from the copy; and the verbs that carry a configuration about.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import { binary, chatFetch, metricsOf, plainConfig, run, startLoad, until, useGateway } from "./lib/world.mjs";

const folder = mkdtempSync(join(tmpdir(), "smartroute-backup-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const config =
  (more) =>
  ({ mock }) =>
    plainConfig(mock.baseURL, more);
const smartroute = (gateway, ...args) => run(binary("smartroute"), [...args, "--admin", gateway.control.ready.admin, "--token", gateway.control.token]);
const restore = (...args) => run(binary("smartroute"), ["restore", ...args]);

// Everything that must come back, as the admin API tells it.
async function whatItKnows(control) {
  const [history, users, tokens, records, stats, newest] = await Promise.all([
    control.call("ConfigService/ListRevisions", { pageSize: 1000 }),
    control.call("UserService/ListUsers"),
    control.call("ApiTokenService/ListApiTokens"),
    control.call("LogService/ListRecords", { pageSize: 500 }),
    control.call("StatsService/GetStats", { sinceMs: Date.now() - 3_600_000, stepMs: -1, dimension: "model" }),
    control.call("ConfigService/GetConfig", {}),
  ]);
  const plain = (tokens.tokens ?? []).map(({ lastUsedMs, ...rest }) => rest);
  return { history, users, tokens: plain, records: records.records, totals: (stats.series ?? []).map(({ value, totals }) => [value, totals.requests, totals.successes]), newest };
}

const recordsOf = async (control) => Number((await control.call("LogService/GetLogStorage")).records ?? 0);

describe("a gateway that is lost", () => {
  const gateway = useGateway({ config: config() });
  const file = join(folder, "whole.tar");

  test("comes back from a backup that was taken under load, and no request notices", async () => {
    const { control } = gateway;
    await control.call("UserService/CreateUser", { name: "ada", password: "a long enough pass phrase", role: "ACCOUNT_ROLE_ADMIN" });
    await control.call("ApiTokenService/CreateApiToken", { name: "ci", role: "ACCOUNT_ROLE_VIEWER" });
    let failed = 0;
    let completed = 0;
    let working = true;
    const traffic = (async () => {
      do {
        const { report } = await startLoad(gateway.baseURL, ["--connections", "4", "--rate", "500", "--duration", "1"]).result;
        failed += report.failed;
        completed += report.completed;
      } while (working);
    })();
    traffic.catch(() => {});
    try {
      await until("records come in", async () => (await recordsOf(control)) > 50);
      // A copy while the configuration changes and records come in.
      const changes = (async () => {
        for (let i = 0; i < 30; ++i) await control.putConfig(plainConfig(gateway.mocks.mock.baseURL, { models: [{ id: `mock/change-${i}` }] }));
      })();
      const busy = smartroute(gateway, "backup", join(folder, "busy.tar"), "-o", "json");
      assert.equal(busy.status, 0, busy.stderr);
      await changes;
      const known = await whatItKnows(control);
      const before = await control.newest();
      const copied = smartroute(gateway, "backup", file, "-o", "json");
      assert.equal(copied.status, 0, copied.stderr);
      const { manifest, bytes } = JSON.parse(copied.stdout);
      assert.equal(Number(manifest.revision), before);
      assert.equal(bytes, statSync(file).size);
      assert.equal(statSync(file).mode & 0o777, 0o600);
      // What comes after it will be lost, also for the proxy, which runs it by then.
      for (let i = 0; i < 5; ++i) await control.putConfig(plainConfig(gateway.mocks.mock.baseURL, { models: [{ id: `mock/lost-${i}` }] }));
      await gateway.untilApplied(before + 5);
      assert.match(restore(file, "--state", control.state, "--force").stderr, /stop it first/);
      await control.stop();
      const made = restore(file, "--state", control.state, "--force", "-o", "json");
      assert.equal(made.status, 0, made.stderr);
      assert.ok(existsSync(join(JSON.parse(made.stdout).set_aside, "config.db", "CURRENT")));
      await control.start();
      // Above everything that the proxy has seen, and with the content of the backup.
      const again = await until("the restored configuration is in force", async () => {
        const newest = await control.newest();
        return newest > before + 5 && newest;
      });
      await gateway.untilApplied(again);
      const { data } = await (await fetch(`${gateway.baseURL}/models`)).json();
      const names = data.map(({ id }) => id).join();
      assert.match(names, /change-29/);
      assert.doesNotMatch(names, /lost/);
      const now = await whatItKnows(control);
      assert.deepEqual(now.history.revisions.slice(-before), known.history.revisions);
      assert.equal(Number(now.history.revisions[0].rollbackOf), before);
      assert.equal(now.newest.yaml, known.newest.yaml);
      assert.deepEqual(now.users, known.users);
      assert.deepEqual(now.tokens, known.tokens);
      const newestKnown = known.records.map(({ recordId }) => recordId);
      for (const id of newestKnown.slice(0, 3)) assert.ok((await control.call("LogService/GetRecord", { recordId: id })).record, id);
      // And it goes on as any other.
      const next = await control.putConfig(plainConfig(gateway.mocks.mock.baseURL, { models: [{ id: "mock/afterwards" }] }));
      await gateway.untilApplied(next);
    } finally {
      working = false;
    }
    await traffic;
    assert.equal(failed, 0, `of ${completed} requests`);
    assert.ok(completed > 500, `${completed} requests`);
  });

  test("is the same in another folder, with its records and its statistics, if it has the key", async () => {
    const { control } = gateway;
    // Twice, for what is on its way from memory to the spool is in neither.
    const spooled = async () => (await metricsOf(gateway.proxy.ready.proxy_ops)).value("smartroute_log_spooled_bytes");
    let last = -1;
    await until("the records are in", async () => {
      const now = (await spooled()) === 0 && (await recordsOf(control));
      const quiet = now > 0 && now === last;
      last = now;
      if (!quiet) await pause(500);
      return quiet;
    });
    const known = await whatItKnows(control);
    const held = await recordsOf(control);
    const whole = join(folder, "with-key.tar");
    const copied = smartroute(gateway, "backup", whole, "--with-master-key");
    assert.equal(copied.status, 0, copied.stderr);
    assert.match(copied.stderr, /MASTER KEY/);
    await control.stop();
    const state = control.state;
    rmSync(state, { recursive: true });
    const made = restore(whole, "--state", state);
    assert.equal(made.status, 0, made.stderr);
    await control.start();
    const now = await whatItKnows(control);
    assert.deepEqual(now.history, known.history);
    assert.deepEqual(now.users, known.users);
    assert.deepEqual(now.records, known.records);
    assert.deepEqual(now.totals, known.totals);
    assert.ok(Number(known.totals[0]?.[1]) > 0, "there is something to compare");
    assert.equal(await recordsOf(control), held);
    assert.equal((await chatFetch(gateway.baseURL)).status, 200);
  });

  test("is not taken from an archive that is cut or changed, nor without its key", async () => {
    const cut = join(folder, "cut.tar");
    const bytes = readFileSync(file);
    writeFileSync(cut, bytes.subarray(0, bytes.length / 2));
    assert.match(restore(cut, "--state", join(folder, "fresh")).stderr, /not whole/);
    bytes[bytes.indexOf("smartroute high-water") + 3] ^= 1;
    writeFileSync(cut, bytes);
    assert.match(restore(cut, "--state", join(folder, "fresh")).stderr, /damaged/);
    assert.ok(!existsSync(join(folder, "fresh")));
    assert.deepEqual(readdirSync(folder).filter((name) => name.includes(".restore-")), []);
    assert.equal(restore(file, "--state", join(folder, "fresh")).status, 0);
    const alone = run(binary("smartroute-control"), ["--state", join(folder, "fresh"), "--admin", "127.0.0.1:0", "--ops", "127.0.0.1:0"]);
    assert.equal(alone.status, 1);
    assert.match(alone.stderr, /master.key/);
  });
});

describe("a gateway that stays:", () => {
  const gateway = useGateway({ config: config() });

  test("a backup of a control plane that is killed meanwhile leaves nothing", async () => {
    const { control } = gateway;
    // Enough, and nothing that could be packed, so that the answer cannot lie in buffers as a whole.
    const ask = () => chatFetch(gateway.baseURL, { messages: [{ role: "user", content: randomBytes(450_000).toString("base64") }] });
    for (let i = 0; i < 40; ++i) assert.equal((await ask()).status, 200);
    await until("the records are in", async () => (await recordsOf(control)) >= 40);
    const response = await new Promise((resolve, reject) => {
      const [host, port] = control.ready.admin.split(":");
      get({ host, port, path: "/admin/v1/backup", headers: { authorization: `Bearer ${control.token}` } }, (answer) => resolve(answer.pause())).on("error", reject);
    });
    response.on("error", () => {});
    assert.equal(response.statusCode, 200);
    assert.equal(readdirSync(join(control.state, ".checkpoints")).length, 1);
    const before = await control.newest();
    await control.kill();
    await control.start();
    assert.deepEqual(readdirSync(control.state).includes(".checkpoints") ? readdirSync(join(control.state, ".checkpoints")) : [], []);
    assert.equal(await control.newest(), before);
    assert.ok((await recordsOf(control)) >= 40);
  });

  // A disk of its own that is nearly full, where the system lets us have one.
  const small = (script) => run("unshare", [...(process.getuid() === 0 ? ["-m"] : ["-rm"]), "sh", "-c", `mkdir -p ${folder}/disk && mount -t tmpfs -o size=64k none ${folder}/disk && ${script}`]);

  test("a backup says that the disk is full, and leaves nothing on it", { skip: small("true").status !== 0 && "no mount namespaces here" }, async () => {
    const words = `--admin ${gateway.control.ready.admin} --token ${gateway.control.token}`;
    const full = small(`{ ${binary("smartroute")} backup ${folder}/disk/full.tar ${words}; echo "left with $?"; ls -A ${folder}/disk; }`);
    assert.match(full.stderr, /No space left on device/);
    assert.equal(full.stdout, "left with 1\n");
    const whole = join(folder, "for-restore.tar");
    assert.equal(smartroute(gateway, "backup", whole).status, 0);
    const restored = small(`{ ${binary("smartroute")} restore ${whole} --state ${folder}/disk/state; echo "left with $?"; ls -A ${folder}/disk; }`);
    assert.match(restored.stderr, /No space left on device/);
    assert.equal(restored.stdout, "left with 1\n");
  });

  test("a backup leaves no file when it is refused", async () => {
    assert.equal(smartroute(gateway, "backup", "/no/such/folder/x.tar").status, 2);
    const wrong = run(binary("smartroute"), ["backup", join(folder, "refused.tar"), "--admin", gateway.control.ready.admin, "--token", "sra_wrong"]);
    assert.equal(wrong.status, 1);
    assert.ok(!existsSync(join(folder, "refused.tar")) && !existsSync(join(folder, "refused.tar.part")));
    assert.deepEqual(readdirSync(join(gateway.control.state, ".checkpoints")), []);
  });

  test("a backup is for admins, and the master key for the operator alone", async () => {
    const { control } = gateway;
    const tokenOf = async (role) => (await control.call("ApiTokenService/CreateApiToken", { name: role, role: `ACCOUNT_ROLE_${role}` })).secret;
    const ask = async (token, query) => (await fetch(`http://${control.ready.admin}/admin/v1/backup${query}`, { headers: { authorization: `Bearer ${token}` } })).status;
    assert.equal(await ask(await tokenOf("VIEWER"), ""), 403);
    const admin = await tokenOf("ADMIN");
    assert.equal(await ask(admin, "?logs=false"), 200);
    assert.equal(await ask(admin, "?master_key=true"), 403);
    assert.equal(await ask(control.token, "?master_key=true&logs=false"), 200);
    assert.equal(await ask(admin, "?nothing=1"), 400);
  });

  test("a backup without records is small, and opens", async () => {
    const small = join(folder, "small.tar");
    const copied = smartroute(gateway, "backup", small, "--no-logs", "-o", "json");
    assert.equal(copied.status, 0, copied.stderr);
    assert.ok(JSON.parse(copied.stdout).manifest.files.every(({ path }) => !path.startsWith("logs.db")));
    assert.equal(smartroute(gateway, "backup", small).status, 2, "a file that is there stays");
    truncateSync(small, 10);
    assert.equal(restore(small, "--state", join(folder, "none")).status, 2);
  });

  const document = () => plainConfig(gateway.mocks.mock.baseURL, { models: [{ id: "mock/applied" }], gateway: { api_keys: [] } });
  const path = (name) => join(folder, name);

  test("a configuration is shown as a difference, and applied as one", async () => {
    writeFileSync(path("next.json"), JSON.stringify(document()));
    const differs = smartroute(gateway, "config", "diff", path("next.json"), "--exit-code");
    assert.equal(differs.status, 5, differs.stderr);
    assert.match(differs.stdout, /^\+.*mock\/applied/m);
    const refused = smartroute(gateway, "config", "apply", "-f", path("next.json"));
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /--yes/);
    const applied = smartroute(gateway, "config", "apply", "-f", path("next.json"), "--yes", "--note", "by hand", "-o", "json");
    assert.equal(applied.status, 0, applied.stderr);
    assert.equal(JSON.parse(applied.stdout).revision, 2);
    const same = smartroute(gateway, "config", "diff", path("next.json"), "--exit-code");
    assert.equal(same.status, 0, same.stdout);
    assert.equal(JSON.parse(smartroute(gateway, "config", "diff", "1", "2", "-o", "json").stdout).same, false);
    assert.match(smartroute(gateway, "config", "history").stdout, /by hand/);
  });

  test("a configuration with errors is not applied", async () => {
    writeFileSync(path("bad.yaml"), "tiers: {t1: {models: [nobody/x]}}\nproviders: [{id: a}]\n");
    const refused = smartroute(gateway, "config", "apply", "-f", path("bad.yaml"), "--yes");
    assert.equal(refused.status, 3);
    assert.match(refused.stderr, /bad\.yaml:/);
  });

  test("a configuration that differs in a secret alone says so, and shows none", async () => {
    const next = document();
    next.providers[0].api_key = "sk-another-0001";
    writeFileSync(path("secret.json"), JSON.stringify(next));
    const differs = smartroute(gateway, "config", "diff", path("secret.json"), "--exit-code");
    assert.equal(differs.status, 5);
    assert.match(differs.stdout, /api_key/);
    assert.doesNotMatch(differs.stdout, /another/);
  });

  test("a configuration is exported, and means the same when it comes back", async () => {
    assert.equal(smartroute(gateway, "config", "export", path("out.yaml")).status, 0);
    assert.equal(statSync(path("out.yaml")).mode & 0o777, 0o600);
    assert.doesNotMatch(readFileSync(path("out.yaml"), "utf8"), /sk-upstream/);
    assert.equal(smartroute(gateway, "config", "diff", path("out.yaml"), "--exit-code").status, 0);
    assert.equal(JSON.parse(smartroute(gateway, "config", "export", "--format", "json").stdout).providers[0].id, "mock");
  });

  test("a configuration of another gateway is imported", async () => {
    const theirs = "../import/smartroute-python/02-flat-router.json";
    const shown = smartroute(gateway, "config", "import", theirs);
    assert.equal(shown.status, 0, shown.stderr);
    assert.match(shown.stderr, /taken exactly \(\d+\)/);
    writeFileSync(path("imported.yaml"), shown.stdout);
    assert.equal(run(binary("smartroute"), ["validate", path("imported.yaml")]).status, 0);
    const report = JSON.parse(smartroute(gateway, "config", "import", theirs, "--to", path("to.yaml"), "-o", "json").stdout);
    assert.equal(report.from, "smartroute-python");
    assert.equal(smartroute(gateway, "config", "import", theirs, "--to", path("to.yaml")).status, 2, "a file that is there stays");
    assert.equal(smartroute(gateway, "config", "import", "../import/litellm/02-groups.yaml", "--strict").status, 1);
    assert.equal(smartroute(gateway, "config", "import", "/dev/null").status, 2);
    const applied = smartroute(gateway, "config", "import", theirs, "--apply", "--yes");
    assert.equal(applied.status, 0, applied.stderr);
    assert.match(applied.stdout, /^revision 3$/m);
  });
});
