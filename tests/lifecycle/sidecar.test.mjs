// The life of a pod whose application has its gateway beside it, in network namespaces: what the manifests of deploy/kubernetes promise.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { Control, Mock, plainConfig, until } from "../integration/lib/world.mjs";
import { Network, enterNamespaces } from "./lib/network.mjs";
import { Pod } from "./lib/pod.mjs";

const impossible = enterNamespaces();
const seconds = 1_000;
// As in the manifests, a third of their length: they hold drain_accept and drain_timeout, and something to spare.
const limits = { drain_accept: "2s", drain_timeout: "8s" };
const graceMs = 12 * seconds;
const grpcPort = 6689;

describe("a pod with a sidecar", { skip: impossible }, () => {
  const folder = mkdtempSync(join(tmpdir(), "smartroute-lifecycle-"));
  let network, control, controlHost, mock;
  const pods = [];
  const newPod = (name) => {
    const pod = new Pod(folder, network.host(name), `${controlHost.address}:${grpcPort}`);
    pods.push(pod);
    return pod;
  };
  // Waits until the provider has had so many requests more than now.
  const more = async (count) => {
    const { total } = await mock.stats();
    return () => until(`${count} requests are with the provider`, async () => (await mock.stats()).total >= total + count);
  };
  const applied = (name, revision) =>
    until(`${name} has revision ${revision}`, async () => (await control.instances()).some((row) => row.instanceId === name && row.connected && row.appliedRevision >= revision));

  before(async () => {
    network = new Network();
    controlHost = network.host("control");
    const providerHost = network.host("provider");
    mock = new Mock(folder, "provider", { args: ["--no-record"] });
    mock.wrap = providerHost.wrap;
    mock.ready = { listen: `${providerHost.address}:9100` };
    control = new Control(folder, { args: ["--grpc", `${controlHost.address}:${grpcPort}`, "--grpc-insecure"] });
    control.wrap = controlHost.wrap;
    const argsOf = control.argsOf;
    control.argsOf = () => argsOf(undefined).map((arg, i, all) => (all[i - 1] === "--admin" ? `${controlHost.address}:6688` : all[i - 1] === "--ops" ? `${controlHost.address}:6690` : arg));
    await mock.start();
  });
  after(async () => {
    for (const { sidecar, application } of pods) {
      application?.process.kill("SIGKILL");
      if (sidecar.running) await sidecar.stop("SIGKILL");
    }
    if (control.running) await control.stop();
    await mock.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test("the application waits until its sidecar can serve, though the control plane comes later", async (t) => {
    const pod = newPod("pod-1");
    pod.startSidecar();
    await until("the sidecar lives", async () => (await pod.probe("/livez")) === 200);
    assert.equal(await pod.startApplication({ giveUpAfter: 20 }), undefined, "nothing to serve with, and the application was let in");
    assert.equal(await pod.probe("/readyz"), 503);
    await control.start();
    await control.putConfig(plainConfig(mock.baseURL, { limits }));
    assert.ok(await pod.startApplication(), "the start-up probe never passed");
    const first = await pod.application.order({ do: "ask" });
    assert.equal(first.status, 200, `the first request of the application: ${JSON.stringify(first)} ${pod.sidecar.log}`);
    t.diagnostic(`the sidecar was probed in vain while the control plane was away, and never restarted: ${pod.sidecar.running}`);
  });

  test("a control plane that is away is no reason to rest: what was known last is served, at once", async (t) => {
    const [pod] = pods;
    await applied("pod-1", 1);
    controlHost.cut();
    const { killed } = await pod.stop(graceMs);
    assert.equal(killed, false);
    const begun = performance.now();
    pod.startSidecar();
    await until("it is ready", async () => (await pod.probe("/readyz")) === 200);
    t.diagnostic(`start to ready with the last known good configuration: ${(performance.now() - begun).toFixed(0)} ms`);
    assert.ok(await pod.startApplication());
    assert.deepEqual((await pod.application.order({ do: "asks", count: 50 })).failed, []);
    assert.equal(await pod.probe("/livez"), 200);
    controlHost.join();
    const revision = await control.putConfig(plainConfig(mock.baseURL, { limits, router: { mode: "keyword", default_tier: "t1" } }));
    await applied("pod-1", revision);
  });

  test("200 streams end told or whole when the pod is stopped, and inside the grace", async (t) => {
    const [pod] = pods;
    // Five seconds, six, and longer than anybody waits.
    const mocks = [{ events: 20, pace_ms: 250 }, { events: 24, pace_ms: 250 }, { events: -1, pace_ms: 250 }];
    const allRun = await more(200);
    const streams = pod.application.order({ do: "streams", count: 200, mocks });
    await allRun();
    const { killed, end, ms } = await pod.stop(graceMs, "plain");
    const { ends } = await streams;
    t.diagnostic(`of 200 streams ${JSON.stringify(ends)}; the sidecar took ${(ms / seconds).toFixed(1)} s of ${graceMs / seconds}`);
    assert.equal(killed, false, "the sidecar was killed at the end of the grace");
    assert.deepEqual(end, { code: 0, signal: null });
    assert.deepEqual(Object.keys(ends).sort(), ["told", "whole"], "a stream ended without a word");
    assert.equal(ends.told + ends.whole, 200);
    assert.ok(ends.whole >= 133, "streams that had time were cut");
  });

  test("native order: the application finishes through its sidecar, which goes last", async () => {
    const pod = newPod("pod-2");
    pod.startSidecar();
    assert.ok(await pod.startApplication());
    const allRun = await more(20);
    const streams = pod.application.order({ do: "streams", count: 20, mocks: [{ events: 20, pace_ms: 50 }] });
    await allRun();
    const { killed } = await pod.stop(graceMs, "native");
    assert.equal(killed, false);
    assert.deepEqual((await streams).ends, { whole: 20 });
  });

  test("a sidecar that was killed is started again beside a running application", async () => {
    const pod = newPod("pod-3");
    pod.startSidecar();
    assert.ok(await pod.startApplication());
    assert.deepEqual((await pod.application.order({ do: "asks", count: 5 })).failed, []);
    await pod.sidecar.stop("SIGKILL");
    pod.startSidecar();
    await until("it is ready", async () => (await pod.probe("/readyz")) === 200);
    assert.deepEqual((await pod.application.order({ do: "asks", count: 5 })).failed, []);
  });
});
