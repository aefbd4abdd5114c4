// What the loss of either plane costs in records: of those that a data plane took on, none, and none twice. How many and how fast: five thousand a
// second with SMARTROUTE_RECORD_RATE=5000 on a release build; otherwise so few that a busy machine and a build without optimisation keep pace.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import test, { describe } from "node:test";

import { metricsOf, plainConfig, startLoad, until, useGateway } from "./lib/world.mjs";

const rate = Number(process.env.SMARTROUTE_RECORD_RATE ?? 200);
const seconds = Number(process.env.SMARTROUTE_RECORD_SECONDS ?? 6);

async function idsOf(gateway) {
  const ids = [];
  let cursor;
  do {
    const page = await gateway.control.call("LogService/ListRecords", { pageSize: 1000, ...(cursor && { cursor }) });
    for (const { requestId } of page.records ?? []) ids.push(requestId);
    cursor = page.nextCursor;
  } while (cursor);
  return ids;
}
const requestsIn = async (gateway) =>
  Number((await gateway.control.call("StatsService/GetStats", { sinceMs: String(Date.now() - 3_600_000), stepMs: "-1" })).series?.[0]?.totals?.requests ?? 0);

describe("records", () => {
  const gateway = useGateway({ config: ({ mock }) => plainConfig(mock.baseURL, { logs: { bodies: true } }) });
  let expected = 0;
  const metric = async (name) => (await metricsOf(gateway.proxy.ready.proxy_ops)).value(name);
  const load = (more = [], share = 1) => startLoad(gateway.baseURL, ["--connections", "16", "--rate", String(rate * share), "--duration", String(seconds), ...more]);
  async function finished(running) {
    const { report } = await running.result;
    assert.equal(report.failed, 0, JSON.stringify(report.errors) + report.first_error);
    expected += report.completed;
  }
  async function allThereOnce() {
    await until(`${expected} records`, async () => {
      const lost = { dropped: await metric("smartroute_log_dropped_total"), ended: await metric("smartroute_request_endings_total") };
      assert.equal(lost.dropped, 0, `nothing has to be dropped: ${JSON.stringify(lost)}`);
      const { records } = await gateway.control.call("LogService/GetLogStorage", {});
      return Number(records) >= expected;
    }, 60_000);
    const ids = await idsOf(gateway);
    assert.equal(ids.length, expected);
    assert.equal(new Set(ids).size, expected, "each is there once");
    assert.equal(await requestsIn(gateway), expected, "and counts once in the statistics");
  }

  test("are all there once, though the control plane is killed while they stream in", async () => {
    const running = load();
    for (let i = 0; i < 3; ++i) {
      await sleep((seconds * 1000) / 5);
      await gateway.control.kill();
      await sleep(300);
      await gateway.control.start();
    }
    await finished(running);
    await allThereOnce();
  });

  test("wait in the spool while the control plane is away, and drain when it is back", async () => {
    await gateway.control.kill();
    await finished(load(["--prompt", "16k"], 0.25));
    assert.ok((await metric("smartroute_log_spooled_records")) > 0);
    await gateway.control.start();
    await allThereOnce();
    await until("the spool is empty", async () => (await metric("smartroute_log_spooled_bytes")) === 0, 30_000);
  });

  test("that lie in the spool survive the death of the data plane, too", async () => {
    await gateway.control.kill();
    await finished(load(["--prompt", "16k"], 0.25));
    // What is in memory may be lost with the process; what was written is not. So: until all of it is written.
    await until("everything is spooled", async () => (await metric("smartroute_log_spooled_records")) > 0);
    await gateway.proxy.stop("SIGTERM");
    await gateway.control.start();
    await gateway.proxy.start();
    await allThereOnce();
  });
});
