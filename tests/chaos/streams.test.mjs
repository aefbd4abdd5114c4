// Thousands of streams through a gateway whose first model fails in every way a network and a provider can: at every byte of a response
// in turn, and as a seed draws it. Every client must have seen the exact answer, or its exact beginning and an error it cannot overlook.
//
//   SMARTROUTE_CHAOS_STREAMS   how many (default 35,000: 24,000 of them strike each offset of a response in turn)
//   SMARTROUTE_CHAOS_SEED      plays a run again; it is printed at the start of each
//   SMARTROUTE_CHAOS_ONLY      numbers of streams: only these, one at a time, with what their clients saw
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import test, { after, before } from "node:test";

import { Gateway, metricsOf, residentBytes, until } from "../integration/lib/world.mjs";
import { descriptors } from "./crowd.mjs";
import { chosenSeed } from "./lib/dice.mjs";
import { startFaultProxy } from "./lib/fault_proxy.mjs";
import { playOn } from "./lib/stream_client.mjs";
import { drawStream, models } from "./lib/stream_faults.mjs";
import { fullRun, playAll, plansOf, responseBytes, sessionsOf } from "./lib/stream_run.mjs";
import { Tally } from "./lib/stream_tally.mjs";
import { judge } from "./lib/stream_verdict.mjs";
import { put, resultsFolder } from "./results.mjs";

const seed = chosenSeed();
const count = Number(process.env.SMARTROUTE_CHAOS_STREAMS ?? fullRun);
const only = process.env.SMARTROUTE_CHAOS_ONLY?.split(",").map(Number);
const width = 48;
// What may be resident afterwards beyond what was before. Each worker's ring of request records is touched page by page as it goes round
// for the first time: 8 MiB, at about 330 bytes a stream. And free lists of the allocator, whose size goes with how much was in flight
// at once, not with how many streams there were. A leak of one answer a stream would be some 80 MiB in a full run.
const residentSlack = (availableParallelism() * 8 + 8) * 1024 * 1024;

const config = (wires) => ({
  providers: Object.entries(wires).map(([id, wire]) => ({ id, base_url: wire.baseURL, api_key: "sk-chaos" })),
  tiers: Object.fromEntries(
    ["t1", "t2", "t3"].map((name) => [
      name,
      {
        models: [`flaky/${models[0]}`, `steady/${models[1]}`],
        ...(name === "t2" && { guarantee: "buffered" }),
        timeouts: { connect: "2s", first_byte: "2500ms", idle: "1s", total: "30s" },
      },
    ]),
  ),
  router: { mode: "keyword", default_tier: "t1" },
  // The first model is to be tried every time, however often it failed: what is under test is each single stream.
  health: { eject_after: 0, cooldowns: { keyword: "0s", empty: "0s", rate_limited: "0s", unauthorized: "0s", failing: "0s", longest: "0s" } },
  retry: { budget_percent: 1000, budget_floor: 10_000 },
  limits: { heartbeat: "300ms", upstream_idle_timeout: "1s", keep_alive_timeout: "5s" },
  logs: { bodies: false },
});

const wires = {};
const gateway = new Gateway({
  mocks: { mock: { args: ["--no-record"] } },
  config: async ({ mock }) => {
    for (const name of ["flaky", "steady"]) wires[name] = await startFaultProxy(gateway.folder, name, mock.ready.listen, { scope: "request" });
    return config(wires);
  },
});
before(() => gateway.start());
after(async () => {
  for (const wire of Object.values(wires)) await wire.stop();
  await gateway.stop();
});

const address = () => gateway.proxy.ready.listen;

async function playOnly(bytes) {
  const { plans } = plansOf(seed, count, bytes);
  for (const n of only)
    await playOn(address(), [plans[n]], {
      tell: ({ plan, seen, ms }) => {
        const judgement = judge(plan, seen);
        console.log(JSON.stringify({ plan, judgement, ms: Math.round(ms) }, null, 1));
        console.log((seen.body ?? seen.part ?? JSON.stringify(seen)).toString());
        if (judgement.verdict === "VIOLATION") console.log(gateway.logs());
        assert.notEqual(judgement.verdict, "VIOLATION", judgement.why);
      },
    });
}

// Once nothing is going on: descriptors, resident bytes, counters.
async function atRest() {
  await until("no request is in flight", async () => {
    const seen = await metricsOf(gateway.proxy.ready.proxy_ops);
    return seen.value("smartroute_inflight_requests") === 0 && seen.value("smartroute_connections") === 0 && seen;
  });
  // Idle upstream connections are given back after upstream_idle_timeout.
  let last = -1;
  const fds = await until("the descriptors have settled", async () => {
    const before = last;
    last = descriptors(gateway.proxy.pid);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    return descriptors(gateway.proxy.pid) === before && before;
  });
  // A scrape may fall between two counters of one request: that rest is long over now.
  const metrics = await metricsOf(gateway.proxy.ready.proxy_ops);
  return { fds, resident: residentBytes(gateway.proxy.pid), requests: metrics.value("smartroute_requests_total"), endings: metrics.value("smartroute_request_endings_total"), metrics };
}

test(`${only ? `streams ${only}` : `${count} streams`} of seed ${seed}`, { timeout: 1_200_000 }, async () => {
  console.log(`chaos seed ${seed}: SMARTROUTE_CHAOS_SEED=${seed} SMARTROUTE_CHAOS_STREAMS=${count} plays this run again`);
  const bytes = await responseBytes(wires.flaky, (plan) => playOn(address(), [plan], { tell: ({ seen }) => assert.equal(judge(plan, seen).verdict, "whole", JSON.stringify(judge(plan, seen))) }));
  if (only) return playOnly(bytes);

  const warm = new Tally(seed);
  const warmUp = Array.from({ length: Math.max(200, Math.round(count / 20)) }, (_, i) => drawStream(seed, 900_000 + i));
  await playAll(address(), sessionsOf(seed, warmUp), width, warm);
  const before = await atRest();

  const { plans, swept } = plansOf(seed, count, bytes);
  for (const wire of Object.values(wires)) await wire.reset();
  const tally = new Tally(seed);
  const begun = performance.now();
  await playAll(address(), sessionsOf(seed, plans), width, tally);
  const seconds = (performance.now() - begun) / 1000;
  const after = await atRest();

  const struck = Object.fromEntries(await Promise.all(Object.entries(wires).map(async ([name, wire]) => [name, (await wire.counters()).faults])));
  const requests = after.requests - before.requests;
  const endings = after.endings - before.endings;
  const summary = {
    ...tally.toJSON(),
    swept_offsets: { response_bytes: bytes, streams: swept },
    seconds: Math.round(seconds),
    requests,
    endings,
    descriptors: [before.fds, after.fds],
    resident_bytes: [before.resident, after.resident],
    faults_on_the_wire: struck,
  };
  mkdirSync(resultsFolder, { recursive: true });
  writeFileSync(join(resultsFolder, "streams.table.json"), `${JSON.stringify(summary, null, 1)}\n`);
  const mib = (n) => `${(n / 1048576).toFixed(1)} MiB`;
  console.log(`${tally.table()}\n
${tally.total} streams (${swept} of them a sweep over ${bytes} bytes) in ${Math.round(seconds)} s; slowest ${Math.round(tally.slowestMs)} ms; answered by ${JSON.stringify(tally.byModel)}
on the wire: ${JSON.stringify(struck)}
descriptors ${before.fds} -> ${after.fds}; resident ${mib(before.resident)} -> ${mib(after.resident)}; requests ${requests}, endings ${endings}`);
  for (const { replay, why, plan } of tally.violations.slice(0, 20)) console.log(`VIOLATION ${why}\n  ${replay} SMARTROUTE_CHAOS_STREAMS=${count}\n  ${JSON.stringify(plan)}`);

  const honest = tally.verdicts.VIOLATION === 0;
  put("streams", "G3", {
    title: "streams under chaos: corrupted, mixed, silently truncated or hanging ones",
    result: honest ? "pass" : "fail",
    measured: `${tally.verdicts.VIOLATION} of ${tally.total} (${swept} of them cut, reset or flipped at an offset of their own); ${tally.verdicts.whole} whole, ${tally.verdicts.broken + tally.verdicts.cut} broken and told so, ${tally.verdicts.refused} refused with a status; seed ${seed}, ${Math.round(seconds)} s`,
  });
  assert.equal(warm.verdicts.VIOLATION, 0, `while warming up: ${JSON.stringify(warm.violations[0])}`);
  assert.ok(honest, `${tally.verdicts.VIOLATION} violations; first: ${tally.violations[0]?.why}`);
  assert.ok(after.fds <= before.fds, `descriptors: ${before.fds} before, ${after.fds} after`);
  assert.ok(after.resident < before.resident + residentSlack, `resident: ${mib(before.resident)} before, ${mib(after.resident)} after`);
  assert.ok(struck.flaky.cut + struck.flaky.reset + struck.flaky.flip >= swept * 0.9, `the faults of the sweep struck: ${JSON.stringify(struck.flaky)}, ${swept} were drawn`);
  assert.equal(requests, endings, "every request has one ending");
  const { unanswered } = tally.verdicts;
  assert.ok(requests >= count - unanswered && requests <= count, `${requests} requests counted, ${count} sent, ${unanswered} behind a closed answer`);
});
