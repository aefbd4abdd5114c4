// Secrets that lie in files, mounted as Kubernetes does it, and what happens when they are replaced: new ones are used within seconds, the old
// ones never again, nothing is started anew and nothing that runs is disturbed.
import assert from "node:assert/strict";
import { join } from "node:path";
import test, { after, afterEach, before, describe } from "node:test";

import { MountedSecret } from "./lib/certificates.mjs";
import { Gateway, ask, chatFetch, eventsOf, filesBelow, metricsOf, plainConfig, until } from "./lib/world.mjs";

const promisedMs = 5_000;

describe("secrets in files", () => {
  let gateway, secret;
  const files = { provider: "sk-provider-one-0001\n", gateway: "sk-gateway-one-0001\n" };
  const replace = (more) => secret.swap(Object.assign(files, more));
  const config = ({ mock }) =>
    plainConfig(mock.baseURL, {
      gateway: { api_keys: [`file:${secret.path("gateway")}`] },
      providers: [{ id: "mock", protocol: "openai", base_url: mock.baseURL, api_key: `file:${secret.path("provider")}` }],
    });
  before(async () => {
    gateway = new Gateway({ config, proxies: 2, proxyArgs: ["--workers", "1"] });
    secret = new MountedSecret(join(gateway.folder, "secret"), files);
    await gateway.start();
  });
  after(() => gateway.stop());
  afterEach((t) => {
    if (t.passed === false || t.error) console.error(`${t.name} failed; what the processes said:\n${gateway.logs()}`);
  });

  const keyed = (fields, proxy = gateway.proxy) => chatFetch(proxy.baseURL, fields, { headers: { authorization: `Bearer ${files.gateway.trim()}` } });
  const keysSeen = async () => (await gateway.mocks.mock.requests()).map(({ headers }) => headers.find(([name]) => /^authorization$/i.test(name))[1].replace("Bearer ", ""));
  // The provider keys that `count` requests through every proxy are made with.
  const keysNow = async (count = 1) => {
    await gateway.mocks.mock.clear();
    for (const proxy of gateway.proxies) for (let i = 0; i < count; ++i) assert.equal((await keyed({}, proxy)).status, 200);
    return [...new Set(await keysSeen())];
  };
  const control = () => metricsOf(gateway.control.ready.control_ops);

  test("a provider's key is another one within five seconds, under the same revision, and a stream in flight does not notice", async () => {
    assert.deepEqual(await keysNow(), ["sk-provider-one-0001"]);
    const revision = await gateway.control.newest();
    const running = await keyed({ stream: true, messages: [{ role: "user", content: `[[mock: ${JSON.stringify({ events: 40, pace_ms: 100, sequence: 40 })}]]` }] });
    const text = running.text();
    replace({ provider: "sk-provider-two-0002\n" });
    const swapped = performance.now();
    await until("both proxies use the new key", async () => (await keysNow()).join() === "sk-provider-two-0002", promisedMs);
    assert.ok(performance.now() - swapped < promisedMs);
    assert.deepEqual(await keysNow(20), ["sk-provider-two-0002"], "and the old one never again");
    const events = eventsOf(await text);
    assert.equal(events.at(-1), "[DONE]");
    assert.ok(events.length > 40);
    assert.equal(await gateway.control.newest(), revision);
    for (const row of await gateway.control.instances()) assert.deepEqual([row.connected, row.appliedRevision, row.problems], [true, revision, undefined]);
    assert.equal((await control()).value("smartroute_control_secret_changes_total"), 1);
  });

  test("a key of the gateway is another one, too", async () => {
    const old = files.gateway.trim();
    replace({ gateway: "sk-gateway-two-0002\n" });
    await until("the new one is taken", async () => (await keyed()).status === 200, promisedMs);
    await until("by both", async () => (await keyed({}, gateway.proxies[1])).status === 200, promisedMs);
    for (const proxy of gateway.proxies) {
      const refused = await fetch(`${proxy.baseURL}/chat/completions`, { method: "POST", headers: { authorization: `Bearer ${old}` }, body: ask() });
      assert.equal(refused.status, 401);
    }
  });

  test("a file that is empty, gone or unfit leaves the key of before, is told of and counted, and holds up no other", async () => {
    const unusable = async () => (await control()).value("smartroute_control_secret_files_unusable");
    const rows = [
      ["", /is of no use.*cannot be read, or is empty/],
      ["sk-provider-bad-0003\r\nx-injected: 1\n", /is of no use.*cannot be used as a secret/],
    ];
    for (const [text, said] of rows) {
      gateway.control.log = "";
      replace({ provider: text });
      await until("it is told of", () => said.test(gateway.control.log));
      await until("it is counted", async () => (await unusable()) === 1);
      assert.deepEqual(await keysNow(), ["sk-provider-two-0002"]);
    }
    const { provider, ...rest } = files;
    secret.swap(rest);
    assert.deepEqual(await keysNow(3), ["sk-provider-two-0002"]);
    replace({ provider: "sk-provider-three-0003", gateway: "sk-gateway-three-0003" });
    await until("the next one is used", async () => (await keyed()).status === 200 && (await keysNow()).join() === "sk-provider-three-0003");
    await until("all files are well", async () => (await unusable()) === 0);
    assert.doesNotMatch(gateway.logs(), /sk-(provider|gateway)-\w+-000\d/);
  });

  test("what a data plane keeps for a restart is the new key", async () => {
    await gateway.control.kill();
    const second = gateway.proxies[1];
    await second.restart();
    await gateway.mocks.mock.clear();
    assert.equal((await keyed({}, second)).status, 200);
    assert.deepEqual(await keysSeen(), ["sk-provider-three-0003"]);
    for (const [path, bytes] of filesBelow(second.state)) assert.ok(!bytes.includes("sk-provider"), `${path} holds a key in the clear`);
  });
});
