// How long the proxy takes from its start until it serves, with a last-known-good file and no control plane. The time is printed, not judged.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";

import { bin, preset, start, until } from "./lib/build_under_test.mjs";

const config = {
  providers: [{ id: "p", base_url: "http://127.0.0.1:9/v1", api_key: "sk-0001" }],
  tiers: { t1: { models: ["p/small"] }, t2: { models: ["p/medium"] }, t3: { models: ["p/large"] } },
};

test("the proxy serves from its last-known-good configuration when nobody else is there", async (context) => {
  const folder = mkdtempSync(join(tmpdir(), "smartroute-start-"));
  const socket = `unix:${join(folder, "control.sock")}`;
  const started = [];
  const launch = (program, args) => {
    const readyFile = join(folder, `${program}.json`);
    rmSync(readyFile, { force: true });
    const began = performance.now();
    const process = start(join(bin, program), [...args, "--ready-file", readyFile]);
    started.push(process);
    process.ready = until(`${program} is ready`, () => {
      if (process.child.exitCode !== null) throw new Error(process.said());
      try {
        return { ...JSON.parse(readFileSync(readyFile, "utf8")), ms: performance.now() - began };
      } catch {
        return undefined;
      }
    });
    return process;
  };
  const end = async (process) => {
    process.child.kill("SIGINT");
    assert.equal(await process.ended, 0, process.said());
  };
  try {
    writeFileSync(join(folder, "config.json"), JSON.stringify(config));
    const control = launch("smartroute-control", ["--state", join(folder, "control"), "--grpc", socket, "--admin", "127.0.0.1:0", "--ops", "127.0.0.1:0", "--config", join(folder, "config.json")]);
    await control.ready;
    const proxyArgs = ["--listen", "127.0.0.1:0", "--ops", "127.0.0.1:0", "--control", socket, "--state", join(folder, "proxy")];
    const first = launch("smartroute-proxy", proxyArgs);
    await first.ready;
    await end(first);
    await end(control);

    const times = [];
    for (let i = 0; i < 5; ++i) {
      const proxy = launch("smartroute-proxy", proxyArgs);
      const { ms, proxy_ops, listen } = await proxy.ready;
      times.push(ms);
      assert.equal((await fetch(`http://${proxy_ops}/readyz`)).status, 200);
      assert.equal((await fetch(`http://${listen}/v1/models`)).status, 200);
      proxy.child.kill("SIGKILL");
      await proxy.ended;
    }
    context.diagnostic(`build/${preset}: start to ready, ms: ${times.map((ms) => ms.toFixed(0)).join(" ")}`);
  } finally {
    for (const process of started) process.child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  }
});
