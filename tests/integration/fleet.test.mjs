// Several data planes of one control plane: what each runs, and what the table says of those that do not run what they should.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { after, before, describe } from "node:test";

import { Control, Gateway, Proxy, chatFetch, metricsOf, plainConfig, until, useGateway } from "./lib/world.mjs";

describe("two data planes", () => {
  const gateway = useGateway({ proxies: 2, config: ({ mock }) => plainConfig(mock.baseURL) });
  const row = async (name) => (await gateway.control.instances()).find(({ instanceId }) => instanceId === name);

  test("are both pushed to, and both shown with what they run and where they listen", async () => {
    const revision = await gateway.setConfig(({ mock }) => plainConfig(mock.baseURL, { models: [{ id: "mock/pushed" }] }));
    for (const proxy of gateway.proxies) {
      const shown = await row(proxy.name);
      assert.deepEqual([shown.connected, shown.appliedRevision, shown.rejectedRevision, shown.listen, shown.problems], [true, revision, 0, proxy.ready.listen, undefined]);
      assert.ok(shown.version && shown.hostname && Number(shown.lastSeenMs) > 0);
      const { data } = await (await fetch(`${proxy.baseURL}/models`)).json();
      assert.ok(data.some(({ id }) => id === "mock/pushed"));
    }
    const metrics = await metricsOf(gateway.control.ready.control_ops);
    assert.deepEqual(["connected", "known", "current", "ahead"].map((name) => metrics.value(`smartroute_dataplanes_${name}`)), [2, 2, 2, 0]);
  });

  test("are told apart when one is gone, and it catches up when it is back", async () => {
    await gateway.proxies[1].kill();
    await until("its loss is shown", async () => (await row("proxy-2")).connected === false);
    assert.equal((await row("proxy-1")).connected, true);
    await gateway.setConfig(({ mock }) => plainConfig(mock.baseURL, { models: [{ id: "mock/later" }] }));
    const newest = await gateway.control.newest();
    assert.equal((await row("proxy-2")).appliedRevision, newest - 1);
    await gateway.proxies[1].start();
    await gateway.untilApplied(newest);
  });
});

describe("a data plane that refuses what it is pushed", () => {
  // A secret file is read again when the control plane starts. What stands in it then was never validated by anybody: here it has grown a
  // second line, which would be a header of its own. A data plane that runs already keeps what it has, one that is new gets the bad one.
  let gateway;
  const keyFile = () => join(gateway.folder, "provider.key");
  const config = ({ mock }) => plainConfig(mock.baseURL, { providers: [{ id: "mock", protocol: "openai", base_url: mock.baseURL, api_key: `file:${keyFile()}` }] });
  const row = async (name) => (await gateway.control.instances()).find(({ instanceId }) => instanceId === name);
  before(async () => {
    gateway = new Gateway({ config });
    writeFileSync(keyFile(), "sk-good-key-0001\n");
    await gateway.start();
  });
  after(() => gateway?.stop());

  test("is shown beside the one that does not, with the problem and its field, and the other serves on", async () => {
    await gateway.control.kill();
    writeFileSync(keyFile(), "sk-bad-key-0002\r\nX-Injected: 1\n");
    await gateway.control.start();
    const late = new Proxy(gateway.folder, "proxy-late", () => gateway.control.ready.grpc);
    late.spawn();
    gateway.proxies.push(late);
    await until("the refusal is shown", async () => (await row("proxy-late"))?.rejectedRevision === 1);
    const refusing = await row("proxy-late");
    assert.equal(refusing.connected, true);
    assert.equal(refusing.appliedRevision, 0);
    assert.ok(refusing.problems.some(({ path, severity }) => path === "providers[0].api_key" && severity === "SEVERITY_ERROR"), JSON.stringify(refusing.problems));
    assert.doesNotMatch(JSON.stringify(refusing), /sk-bad|Injected/);
    await until("the other is back", async () => (await row("proxy-1"))?.connected);
    const serving = await row("proxy-1");
    assert.deepEqual([serving.connected, serving.appliedRevision], [true, 1]);
    await gateway.mocks.mock.clear();
    assert.equal((await chatFetch(gateway.baseURL)).status, 200);
    const [request] = await gateway.mocks.mock.requests();
    assert.deepEqual(request.headers.filter(([name]) => /authorization|injected/i.test(name)).map(([, value]) => value), ["Bearer sk-good-key-0001"]);
    assert.ok((await metricsOf(gateway.control.ready.control_ops)).value("smartroute_config_apply_failures_total") >= 1);
  });

  test("takes the next good one, and its problems are gone from the table", async () => {
    await gateway.control.kill();
    writeFileSync(keyFile(), "sk-new-key-0003\n");
    await gateway.control.start();
    const late = gateway.proxies[1];
    await late.untilReady();
    await until("all is well", async () => (await row("proxy-late")).appliedRevision === 1);
    assert.deepEqual([(await row("proxy-late")).rejectedRevision, (await row("proxy-late")).problems], [0, undefined]);
    await gateway.mocks.mock.clear();
    assert.equal((await chatFetch(late.baseURL)).status, 200);
    const [request] = await gateway.mocks.mock.requests();
    assert.ok(request.headers.some(([, value]) => value === "Bearer sk-new-key-0003"));
  });

  test("and the one that ran all the time has the rotated key too", async () => {
    await until("the new key is used", async () => {
      await gateway.mocks.mock.clear();
      assert.equal((await chatFetch(gateway.baseURL)).status, 200);
      const [request] = await gateway.mocks.mock.requests();
      return request.headers.some(([, value]) => value === "Bearer sk-new-key-0003");
    });
  });
});

describe("a control plane that is behind its data plane", () => {
  const gateway = useGateway({ config: ({ mock }) => plainConfig(mock.baseURL) });

  test("pushes nothing to it, says so, and is obeyed again once its numbers have caught up", async () => {
    for (let n = 2; n <= 4; ++n) await gateway.setConfig(({ mock }) => plainConfig(mock.baseURL, { models: [{ id: `mock/kept-${n}` }] }));
    await gateway.proxy.stop();
    // Another control plane with a history of its own, as after a restore from an old copy.
    const other = new Control(join(gateway.folder, "other"));
    await other.start();
    const moved = new Proxy(gateway.folder, "proxy-1", other.ready.grpc);
    try {
      const document = (name) => plainConfig(gateway.mocks.mock.baseURL, { models: [{ id: `mock/${name}` }] });
      await other.putConfig(document("older"));
      await moved.start();
      const row = async () => (await other.instances())[0];
      await until("it is shown", async () => (await row())?.connected);
      const shown = await row();
      assert.equal(shown.appliedRevision, 4);
      assert.match(shown.problems[0].what, /behind/);
      assert.equal((await metricsOf(other.ready.control_ops)).value("smartroute_dataplanes_ahead"), 1);
      await other.putConfig(document("still-older"));
      const models = async () => (await (await fetch(`${moved.baseURL}/models`)).json()).data.map(({ id }) => id);
      assert.ok((await models()).includes("mock/kept-4"));
      assert.equal((await metricsOf(other.ready.control_ops)).value("smartroute_config_pushes_total"), 0);
      for (const name of ["third", "fourth", "fifth"]) await other.putConfig(document(name));
      await until("the fifth is applied", async () => (await row()).appliedRevision === 5);
      assert.ok((await models()).includes("mock/fifth"));
      assert.equal((await row()).problems, undefined);
    } finally {
      assert.equal((await moved.stop()).code, 0);
      assert.equal((await other.stop()).code, 0);
    }
  });
});
