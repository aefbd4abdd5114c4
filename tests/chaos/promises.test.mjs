// What failover and health promise as a whole. What other tests prove says where.
import assert from "node:assert/strict";
import { after } from "node:test";

import { useGateway } from "../integration/lib/world.mjs";
import { blackhole, crowd } from "./crowd.mjs";
import { rawStream, sdkPlain, sdkStream } from "./observe.mjs";
import { rounded, tableOf } from "./results.mjs";
import { Upstream } from "./upstream.mjs";
import { judge } from "./verdict.mjs";

const { row, elsewhere } = tableOf("promises");
const good = await Upstream.start("good");
const bad = await Upstream.start("bad");
const hole = await blackhole();
after(() => [good, bad, hole].forEach((upstream) => upstream.close()));

const timeout = 600;
const slack = 900; // two cores, many processes
const timeouts = { connect: `${timeout}ms`, first_byte: `${timeout}ms`, idle: "2s", total: "30s" };
const configOf = (first) => ({
  providers: [
    { id: "good", base_url: good.baseURL, api_key: "x" },
    { id: "bad", base_url: bad.baseURL, api_key: "x" },
    { id: "hole", base_url: `http://127.0.0.1:${hole.port}/v1`, api_key: "x" },
  ],
  tiers: { t1: { models: [first, "good/m"], timeouts } },
  router: { mode: "keyword", default_tier: "t1" },
});
const gateway = useGateway({ mocks: [], config: configOf("good/m") });
const clients = [sdkStream, rawStream, sdkPlain];
let serial = 0;

// Each kind of dead upstream, one of its own for each use. A blackhole's second connect may be answered by nobody just as the first.
const dead = {
  "accepts no connection": () => `hole/m${++serial}`,
  "accepts and says nothing": () => {
    bad.play(`silent${++serial}`, { silent: true });
    return `bad/silent${serial}`;
  },
};
for (const [what, make] of Object.entries(dead))
  row(`Timeout, ${what}:`, "a dead upstream adds no more than one timeout to a request, and that to at most 5 requests in a row", {}, async () => {
    const play = (count, width) => crowd(count, width, (n) => clients[n % 3](gateway, { model: "t1", messages: [{ role: "user", content: "hi" }] }, { headers: {}, deadlineMs: 15_000 }));
    const look = (all) => {
      for (const seen of all) assert.deepEqual(judge({ within: timeout + slack }, { seen, attempts: {} }), { verdict: "pass", complaints: [] });
      return all.filter(({ headers }) => headers["x-smartroute-attempts"] !== "1").length;
    };
    await gateway.setConfig(configOf(make()));
    const oneByOne = look(await play(20, 1));
    assert.ok(oneByOne >= 1 && oneByOne <= 5, `${oneByOne} of 20 requests, one after the other, met it`);
    await gateway.setConfig(configOf(make()));
    const first = await play(50, 50);
    const second = look(await play(50, 50));
    const atOnce = look(first);
    assert.ok(second <= 1, `${second} of 50 requests met it after it was known`);
    const slowest = Math.max(...first.map(({ ms }) => ms));
    return `one after the other: ${oneByOne} of 20 met it; of 50 that began at once, before anything was known: ${atOnce}, none of which waited longer than ${rounded(slowest)} ms (one timeout is ${timeout}); the next 50 at once: ${second}`;
  });

elsewhere("Fleet:", "one data plane's 429 steers another within 1 s", { "tests/integration/shared_health.test.mjs": ["a 429 that one data plane got steers the other within a second"] });
elsewhere("Kill:", "scores survive kill -9 of the control plane", { "tests/integration/shared_health.test.mjs": ["it survives kill -9 of the control plane, counts once, and a data plane that comes later is told"] });
elsewhere("Restart:", "two proxies restarted one after the other lose nothing", { "tests/integration/drain.test.mjs": ["are restarted one after the other under load, and no request fails"] });
