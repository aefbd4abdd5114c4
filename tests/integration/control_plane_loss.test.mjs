// What the loss of the control plane costs: no request, no acknowledged revision.
import assert from "node:assert/strict";
import test, { describe } from "node:test";

import { chatFetch, eventsOf, metricsOf, plainConfig, startLoad, until, useGateway } from "./lib/world.mjs";

const pad = (n) => Array.from({ length: n }, (_, i) => ({ id: `mock/pad-${i}` }));

// Runs `work` under load: one burst after the other until it is done. How many requests there were; none may have failed.
async function underLoad(startBurst, work) {
  let working = true;
  let completed = 0;
  const bursts = (async () => {
    do {
      const { code, report } = await startBurst().result;
      assert.equal(report.failed, 0, JSON.stringify(report.errors) + report.first_error);
      assert.equal(code, 0);
      assert.equal(report.sent, report.completed);
      completed += report.completed;
    } while (working);
  })();
  bursts.catch(() => {});
  try {
    await work();
  } finally {
    working = false;
  }
  await bursts;
  return completed;
}

describe("traffic", () => {
  const config = (more) => ({ mock }) => plainConfig(mock.baseURL, more);
  const gateway = useGateway({ config: config() });
  const plain = () => startLoad(gateway.baseURL, ["--connections", "4", "--rate", "400", "--duration", "2", "--sha256", "same"]);
  // Streams of 40 events, about 400 ms long each, so that every kill meets some in the middle.
  const streams = () => startLoad(gateway.baseURL, ["--connections", "8", "--stream", "--duration", "2", "--mock", '{"events": 40, "pace_ms": 10}', "--min-events", "43", "--sha256", "same"]);
  const both = async (work) => {
    let requests = 0;
    const streamed = await underLoad(streams, async () => (requests = await underLoad(plain, work)));
    assert.ok(requests > 500 && streamed > 30, `${requests} requests and ${streamed} streams`);
  };

  test("does not notice that the control plane is killed ten times and started again", async () => {
    const connected = async () => (await metricsOf(gateway.proxy.ready.proxy_ops)).value("smartroute_cp_connected");
    await both(async () => {
      for (let i = 0; i < 10; ++i) {
        await gateway.control.kill();
        await until("the proxy knows that it is alone", async () => (await connected()) === 0);
        assert.equal((await chatFetch(gateway.baseURL)).status, 200);
        await gateway.control.start();
        await until("the proxy is back", async () => (await connected()) === 1, 5_000);
      }
    });
    const [row] = await gateway.control.instances();
    assert.equal(row.connected, true);
  });

  test("does not notice a thousand new configurations, and runs on the last of them", async () => {
    let base = await gateway.control.newest();
    const last = base + 1000;
    const text = (n) => JSON.stringify(plainConfig(gateway.mocks.mock.baseURL, { models: [...pad(20), { id: `mock/revision-${n}` }], params: { models: { unused: { seed: n } } } }));
    await both(async () => {
      while (base < last) base = await gateway.control.putConfig(text(base + 1), { base });
    });
    await gateway.untilApplied(last);
    const { data } = await (await fetch(`${gateway.baseURL}/models`)).json();
    assert.deepEqual(data.filter(({ id }) => id.includes("revision")).map(({ id }) => id), [`mock/revision-${last}`]);
    const metrics = await metricsOf(gateway.proxy.ready.proxy_ops);
    assert.equal(metrics.value("smartroute_config_revision"), last);
    assert.equal(metrics.value("smartroute_config_apply_failures_total"), 0);
  });

  test("of one answer comes from one configuration alone", async () => {
    // Each revision sends tier 2 to another model and forces another seed: a mix of two would show.
    const text = (n) => JSON.stringify(plainConfig(gateway.mocks.mock.baseURL, { tiers: { t2: { models: [`mock/m${n}`] } }, params: { models: { [`mock/m${n}`]: { seed: n } } } }));
    let base = await gateway.control.newest();
    base = await gateway.control.putConfig(text(0), { base });
    await gateway.untilApplied(base);
    await gateway.mocks.mock.clear();
    let asking = true;
    const callers = Array.from({ length: 4 }, async () => {
      while (asking) {
        const answer = await chatFetch(gateway.baseURL);
        assert.equal(answer.status, 200);
        assert.equal(answer.headers.get("x-smartroute-model"), `mock/${JSON.parse(await answer.text()).model}`);
      }
    });
    for (let n = 1; n <= 100; ++n) base = await gateway.control.putConfig(text(n), { base });
    await gateway.untilApplied(base);
    asking = false;
    await Promise.all(callers);
    const seen = await gateway.mocks.mock.requests();
    assert.ok(new Set(seen.map(({ body }) => JSON.parse(body).model)).size > 5, "several revisions must have been met");
    for (const { body } of seen) {
      const { model, seed } = JSON.parse(body);
      assert.equal(model, `m${seed}`);
    }
  });

  test("meets the newest configuration at once after a data plane stood still through many", async () => {
    process.kill(gateway.proxy.pid, "SIGSTOP");
    let base = await gateway.control.newest();
    const pushed = (await metricsOf(gateway.control.ready.control_ops)).value("smartroute_config_pushes_total");
    try {
      for (let n = 0; n < 200; ++n)
        base = await gateway.control.putConfig(JSON.stringify(plainConfig(gateway.mocks.mock.baseURL, { models: [{ id: `mock/still-${n}` }] })), { base });
    } finally {
      process.kill(gateway.proxy.pid, "SIGCONT");
    }
    await gateway.untilApplied(base);
    const sent = (await metricsOf(gateway.control.ready.control_ops)).value("smartroute_config_pushes_total") - pushed;
    assert.ok(sent <= 20, `${sent} of 200 were sent, though nobody read them`);
  });
});

describe("acknowledged revisions", () => {
  const gateway = useGateway({ config: ({ mock }) => plainConfig(mock.baseURL) });

  test("are there after every one of 15 kills in the middle of writes", async () => {
    const acknowledged = new Map(); // revision -> its note
    let cut = 0;
    for (let round = 0; round < 15; ++round) {
      let base = await gateway.control.newest();
      const begun = base;
      let killed = false;
      // Writes one after the other, until the kill takes one of them away.
      const writing = (async () => {
        for (let i = 0; ; ++i) {
          const note = `round ${round}, write ${i}`;
          const document = plainConfig(gateway.mocks.mock.baseURL, { models: [...pad(100), { id: `mock/r${round}-${i}` }] });
          try {
            base = await gateway.control.putConfig(document, { base, note });
            acknowledged.set(base, note);
          } catch (error) {
            if (!killed) throw error;
            ++cut;
            return;
          }
        }
      })();
      writing.catch(() => {});
      // At another point of another write each time.
      await until("writes are under way", () => base >= begun + 2 + (round % 5));
      for (let i = 0; i < round * 7; ++i) await new Promise(setImmediate);
      killed = true;
      await gateway.control.kill();
      await writing;
      await gateway.control.start();
      const newest = await gateway.control.newest();
      assert.ok(newest === base || newest === base + 1, `${newest} after ${base} was acknowledged: at most the write that was cut off may be there too`);
    }
    assert.equal(cut, 15);
    const found = new Map();
    let before;
    do {
      const page = await gateway.control.call("ConfigService/ListRevisions", { pageSize: 100, ...(before && { before }) });
      for (const { number, note } of page.revisions ?? []) found.set(Number(number), note);
      before = page.nextBefore && page.nextBefore !== "0" ? page.nextBefore : undefined;
    } while (before);
    for (const [number, note] of acknowledged) assert.equal(found.get(number), note, `revision ${number}`);
    assert.deepEqual([...found.keys()].sort((a, b) => a - b), Array.from({ length: found.size }, (_, i) => i + 1), "numbers are never left out nor used twice");
    for (const [number, note] of [...acknowledged].slice(-10)) {
      const { config } = await gateway.control.call("ConfigService/GetConfig", { revision: String(number) });
      const [, round, write] = /round (\d+), write (\d+)/.exec(note);
      assert.equal(config.models.at(-1).id, `mock/r${round}-${write}`);
    }
    await gateway.untilApplied(await gateway.control.newest());
    const stream = await chatFetch(gateway.baseURL, { stream: true });
    assert.equal(eventsOf(await stream.text()).at(-1), "[DONE]");
  });
});
