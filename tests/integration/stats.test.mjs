// Statistics against the records they are made of: every sum must be exactly theirs.
import assert from "node:assert/strict";
import test, { after, before, describe } from "node:test";

import { callers, mixedConfig, mixedMocks, mixedTraffic, number, randomOf, recordsOf, settled } from "./lib/records.mjs";
import { Reporter } from "./lib/telemetry.mjs";
import { chatFetch, metricsOf, startGateway, until } from "./lib/world.mjs";

const minute = 60_000;
const isChat = ({ endpoint }) => endpoint === "chat_completions";
const sourceOf = (count) => ({ SOURCE_UPSTREAM: "Upstream", SOURCE_LOCAL: "Local" })[count.source] ?? "Estimate";

// Sums of StatsTotals, worked out from records.
function sumsOf(records) {
  const sums = {};
  const add = (name, value) => (sums[name] = (sums[name] ?? 0) + number(value));
  for (const record of records) {
    add("requests", 1);
    if (!record.errorKind) add("successes", 1);
    else if (record.errorKind !== "client_gone") add("failures", 1);
    if (!isChat(record)) continue;
    add("streams", record.streaming ? 1 : 0);
    const retries = Math.max(0, (record.attempts ?? []).length - 1);
    add("retries", retries);
    add("retriedRequests", retries > 0 ? 1 : 0);
    if (record.promptTokens) add(`promptTokens${sourceOf(record.promptTokens)}`, record.promptTokens.count);
    if (record.completionTokens) add(`completionTokens${sourceOf(record.completionTokens)}`, record.completionTokens.count);
    add("cachedTokens", record.tokenDetails?.cached);
    add("reasoningTokens", record.tokenDetails?.reasoning);
    const { nanoUsd, t3NanoUsd, thrownAwayNanoUsd } = record.cost ?? {};
    add("costNanoUsd", nanoUsd);
    add("thrownAwayNanoUsd", thrownAwayNanoUsd);
    if (nanoUsd === undefined && (record.model || record.promptTokens || record.completionTokens)) add("unpricedRequests", 1);
    if (nanoUsd !== undefined && t3NanoUsd !== undefined) add("savedNanoUsd", number(t3NanoUsd) - number(nanoUsd));
  }
  return sums;
}

// The same of attempts: each counts for itself; what an answer took stands in its record.
function attemptSums(attempts) {
  const sums = {};
  const add = (name, value) => (sums[name] = (sums[name] ?? 0) + number(value));
  for (const { attempt, record, answered } of attempts) {
    add("requests", 1);
    if (attempt.outcome === "answered") add("successes", 1);
    else if (attempt.outcome !== "client_gone") add("failures", 1);
    add("streams", record.streaming ? 1 : 0);
    const took = answered ? record : attempt;
    if (took.promptTokens) add(`promptTokens${sourceOf(took.promptTokens)}`, took.promptTokens.count);
    if (took.completionTokens) add(`completionTokens${sourceOf(took.completionTokens)}`, took.completionTokens.count);
    add("costNanoUsd", answered ? number(record.cost?.nanoUsd) - number(record.cost?.thrownAwayNanoUsd) : attempt.costNanoUsd);
    if (!answered) add("thrownAwayNanoUsd", attempt.costNanoUsd);
  }
  return sums;
}
const attemptsOf = (records) =>
  records.flatMap((record) => (record.attempts ?? []).map((attempt, i, all) => ({ attempt, record, answered: i === all.length - 1 && record.model === attempt.model })));

const compared = ["requests", "successes", "failures", "streams", "promptTokensUpstream", "promptTokensLocal", "promptTokensEstimate", "completionTokensUpstream", "completionTokensLocal", "completionTokensEstimate", "costNanoUsd", "thrownAwayNanoUsd"];
const ofRequests = [...compared, "retries", "retriedRequests", "cachedTokens", "reasoningTokens", "unpricedRequests", "savedNanoUsd"];
const only = (names, from) => Object.fromEntries(names.map((name) => [name, number(from[name])]));

// Latency over records that went well, worked out once more: exact average and maximum, quantiles within the sketch's 2 %.
function checkLatency(latency, micros, what) {
  assert.equal(number(latency?.count), micros.length, what);
  if (micros.length === 0) return;
  const sorted = [...micros].sort((a, b) => a - b);
  const close = (value, wanted, share, of) => assert.ok(Math.abs(value - wanted) <= wanted * share + 0.001, `${what}: ${of} ${value}, not ${wanted}`);
  close(latency.avgMs, micros.reduce((sum, one) => sum + one, 0) / micros.length / 1000, 1e-9, "average");
  close(latency.maxMs, sorted.at(-1) / 1000, 1e-9, "maximum");
  for (const [name, share] of [["p50Ms", 0.5], ["p90Ms", 0.9], ["p99Ms", 0.99]]) {
    const low = sorted[Math.max(0, Math.floor(share * (sorted.length - 1)) - 1)] / 1000;
    const high = sorted[Math.min(sorted.length - 1, Math.ceil(share * (sorted.length - 1)) + 1)] / 1000;
    assert.ok(latency[name] >= low * 0.97 - 0.001 && latency[name] <= high * 1.03 + 0.001, `${what}: ${name} ${latency[name]}, not in ${low}..${high}`);
  }
}

const valueOf = {
  "": () => "",
  tier: (record) => record.tier ?? "none",
  model: (record) => record.model,
  provider: (record) => record.provider,
  key: (record) => record.keyId,
  error: (record) => record.errorKind,
  status: (record) => String(record.status ?? 0),
  category: (record) => record.category,
  ending: (record) => record.ending,
};
const ofAll = ["", "status", "ending"]; // the others are of model requests only

// value -> its records
function grouped(records, dimension) {
  const groups = new Map();
  for (const record of records) {
    if (!ofAll.includes(dimension) && !isChat(record)) continue;
    const value = valueOf[dimension](record);
    if (value !== undefined) groups.set(value, [...(groups.get(value) ?? []), record]);
  }
  return groups;
}

function checkSeries(series, groups, what) {
  assert.deepEqual(new Set(series.map(({ value = "" }) => value)), new Set(groups.keys()), what);
  const order = series.map(({ totals }) => number(totals.requests));
  assert.deepEqual(order, [...order].sort((a, b) => b - a), `${what}: the most requests first`);
  for (const { value = "", totals, points = [] } of series) {
    const records = groups.get(value);
    const name = `${what} ${value}`;
    assert.deepEqual(only(ofRequests, totals), only(ofRequests, sumsOf(records)), name);
    assert.equal((totals.successRate ?? 0).toFixed(9), (number(totals.successes) / records.length).toFixed(9), name);
    const well = records.filter(({ errorKind }) => !errorKind);
    checkLatency(totals.responseTime, well.filter(({ completedUs }) => completedUs).map(({ receivedUs, completedUs }) => number(completedUs) - number(receivedUs)), `${name}: response time`);
    checkLatency(totals.firstByte, well.filter(({ firstByteUs }) => firstByteUs).map(({ receivedUs, firstByteUs }) => number(firstByteUs) - number(receivedUs)), `${name}: first byte`);
    for (const field of ofRequests) {
      if (points.length === 0) break;
      assert.equal(points.reduce((sum, point) => sum + number(point.totals[field]), 0), number(totals[field]), `${name}: points add up, ${field}`);
    }
  }
}

describe("statistics of a mixed traffic", () => {
  let gateway, all;
  const rounds = 3;
  before(async () => {
    gateway = await startGateway({ mocks: mixedMocks, proxies: 2, config: mixedConfig() });
    all = await settled(gateway, (await mixedTraffic(gateway, rounds)).length);
  });
  after(() => gateway?.stop());
  const stats = (request = {}) => gateway.control.call("StatsService/GetStats", request);

  test("are the sums over its records, all together and by each dimension", async () => {
    for (const dimension of Object.keys(valueOf)) {
      const { series } = await stats({ dimension, stepMs: String(minute) });
      checkSeries(series, grouped(all, dimension), dimension || "all");
      if (dimension === "key") assert.deepEqual(new Set(series.map(({ label }) => label)), new Set(Object.keys(callers)));
    }
  });

  test("are the sums by minute", async () => {
    const { series } = await stats({ stepMs: String(minute), dimension: "tier" });
    for (const { value, points } of series)
      for (const { atMs, totals } of points) {
        const within = grouped(all, "tier").get(value).filter(({ receivedUs }) => Math.floor(number(receivedUs) / 1000 / minute) * minute === Number(atMs));
        assert.deepEqual(only(ofRequests, totals), only(ofRequests, sumsOf(within)), `${value} at ${atMs}`);
      }
  });

  test("count each attempt at its model, also those that failed", async () => {
    const { series } = await stats({ dimension: "attempt", stepMs: "-1" });
    const attempts = attemptsOf(all);
    const models = new Set(attempts.map(({ attempt }) => attempt.model));
    assert.deepEqual(new Set(series.map(({ value }) => value)), models);
    for (const { value, totals } of series)
      assert.deepEqual(only(compared, totals), only(compared, attemptSums(attempts.filter(({ attempt }) => attempt.model === value))), value);
    // Known beforehand: `hello` fails twice before it is answered, `twice` asks the same model as often as it may, `broken` breaks.
    const by = Object.fromEntries(series.map(({ value, totals }) => [value, totals]));
    const again = all.filter(({ requestId }) => requestId.endsWith("-twice")).reduce((sum, record) => sum + record.attempts.length, 0);
    assert.ok(again >= 2 * rounds);
    assert.deepEqual(only(["requests", "failures"], by["mock/overloaded"]), { requests: rounds + again, failures: rounds + again });
    assert.deepEqual(only(["requests", "failures"], by["down/gone"]), { requests: rounds, failures: rounds });
    assert.deepEqual(only(["requests", "successes", "failures"], by["other/nobodys"]), { requests: rounds, successes: rounds, failures: 0 });
    assert.deepEqual(only(["requests", "successes", "failures"], by["mock/large"]), { requests: rounds, successes: rounds, failures: 0 });
    const total = series.reduce((sum, { totals }) => sum + number(totals.requests), 0);
    const metrics = await Promise.all(gateway.proxies.map((proxy) => metricsOf(proxy.ready.proxy_ops)));
    assert.equal(total, metrics.reduce((sum, scrape) => sum + scrape.value("smartroute_upstream_attempts_total"), 0));
    assert.equal(all.length, metrics.reduce((sum, scrape) => sum + scrape.value("smartroute_requests_total"), 0));
  });

  test("say what it cost and what was saved, by the prices of the configuration", async () => {
    const prices = { "mock/medium": [1.5, 6], "mock/large": [10, 40], "mock/named": [0.25, 1] };
    let cost = 0;
    let saved = 0;
    let unpriced = 0;
    for (const record of all.filter(({ promptTokens, model }) => promptTokens && model)) {
      const [input, output] = prices[record.model] ?? [];
      if (input === undefined) {
        assert.equal(record.cost?.nanoUsd, undefined, record.model);
        ++unpriced;
        continue;
      }
      const [prompt, completion] = [number(record.promptTokens.count), number(record.completionTokens.count)];
      const thrownAway = (record.attempts ?? []).reduce((sum, { costNanoUsd }) => sum + number(costNanoUsd), 0);
      assert.equal(number(record.cost.thrownAwayNanoUsd), thrownAway);
      const mine = Math.round((prompt * input + completion * output) * 1000) + thrownAway;
      assert.equal(number(record.cost.nanoUsd), mine, JSON.stringify(record.cost));
      assert.equal(number(record.cost.t3NanoUsd), Math.round((prompt * 10 + completion * 40) * 1000));
      cost += mine;
      saved += number(record.cost.t3NanoUsd) - mine;
    }
    assert.ok(cost > 0 && saved > 0 && unpriced >= rounds);
    const [{ totals }] = (await stats({ stepMs: "-1" })).series;
    assert.deepEqual([number(totals.costNanoUsd), number(totals.savedNanoUsd)], [cost, saved]);
    assert.ok(number(totals.unpricedRequests) >= unpriced);
  });

  test("know what is going on now", async () => {
    assert.equal(number((await stats()).inFlight), 0);
    const leaving = new AbortController();
    const open = [];
    for (let i = 0; i < 7; ++i) {
      const content = `[[mock: ${JSON.stringify({ events: -1, pace_ms: 50 })}]]`;
      const options = { headers: { authorization: `Bearer ${callers.web}` }, signal: leaving.signal };
      open.push(await chatFetch(gateway.proxies[i % 2].baseURL, { stream: true, messages: [{ role: "user", content }] }, options));
    }
    await until("seven are in flight", async () => number((await stats()).inFlight) === 7);
    leaving.abort();
    await Promise.all(open.map((answer) => answer.text().catch(() => "left")));
    await until("none is in flight", async () => number((await stats()).inFlight) === 0);
    // Seven requests, and what the traffic before left in the last ten seconds.
    const { qps } = await until("they are counted", async () => {
      const now = await stats();
      return now.qps >= 0.7 && now;
    });
    assert.ok(qps <= (all.length + 7) / 10 + 0.001, `${qps}`);
    all = await settled(gateway, all.length + 7);
  });

  test("refuse what is no question, and say what would be", async () => {
    for (const [request, says] of [
      [{ dimension: "colour" }, /there is no dimension 'colour'; there are tier, model/],
      [{ values: ["t1"] }, /values need a dimension/],
      [{ stepMs: "1000" }, /step_ms is 1000; it must be a multiple of 60000/],
      [{ stepMs: "-2" }, /step_ms is/],
      [{ sinceMs: "-1" }, /since_ms is -1/],
      [{ sinceMs: "2000", untilMs: "1000" }, /until_ms must be after since_ms/],
      [{ sinceMs: String(Date.now() - 3000 * minute), stepMs: String(minute) }, /2000 are the most; .* will do/],
      [{ dimension: "tier", values: Array(101).fill("t1") }, /101 values are too many; 100 are the most/],
    ]) {
      const { status, text } = await stats(request).then(() => assert.fail(JSON.stringify(request)), (error) => error);
      assert.equal(status, 400);
      const { code, message } = JSON.parse(text);
      assert.equal(code, "invalid_argument");
      assert.match(message, says);
    }
  });
});

// Records of the past, which no test can wait for: reported as a data plane would.
describe("statistics of days", () => {
  const hour = 60 * minute;
  const day = 24 * hour;
  const random = randomOf(7);
  const now = Math.floor(Date.now() / minute) * minute;
  let gateway, reporter, all;

  const made = (i) => {
    const at = (now - random.below(6 * day)) * 1000 + random.below(60_000_000);
    const failed = random.chance(0.2);
    const tier = random.pick(["t1", "t2", "t3", ""]);
    const model = failed ? "" : `lab/${random.pick(["small", "medium", "large", "huge"])}`;
    const took = 1000 + random.below(2_000_000);
    const nano = random.below(5_000_000);
    const tokens = (count) => ({ count, source: 1 + random.below(3) });
    return {
      requestId: `past-${i}`, receivedUs: at, routedUs: at + 10, upstreamCalledUs: at + 20, firstByteUs: failed ? 0 : at + Math.floor(took / 2), completedUs: at + took,
      endpoint: random.chance(0.05) ? "models" : "chat_completions", streaming: random.chance(0.5), tier, category: random.pick(["chat", "tool"]), keyId: random.pick(["aaaa0001", "bbbb0002"]),
      attempts: [...(random.chance(0.3) ? [{ provider: "lab", model: "lab/down", outcome: "connect_failed", durationUs: 50 }] : []), ...(failed ? [] : [{ provider: "lab", model, outcome: "answered", status: 200, durationUs: took }])],
      model, provider: failed ? "" : "lab", status: failed ? random.pick([429, 500, 502]) : 200, ending: failed ? "upstream_error" : "completed", errorKind: failed ? random.pick(["rate_limited", "server_error"]) : "",
      ...(failed ? {} : { promptTokens: tokens(random.below(5000)), completionTokens: tokens(random.below(900)), tokenDetails: { cached: random.below(50), reasoning: random.below(40) } }),
      ...(failed || random.chance(0.1) ? {} : { cost: { nanoUsd: nano, t3NanoUsd: nano * 4 } }),
    };
  };
  before(async () => {
    gateway = await startGateway({ proxies: 0, config: ({ mock }) => mixedConfig()({ mock, other: mock }) });
    reporter = new Reporter(gateway);
    for (let batch = 0; batch < 5; ++batch) assert.equal(await reporter.report(Array.from({ length: 400 }, (_, i) => made(batch * 400 + i))), 400);
    all = await recordsOf(gateway);
    assert.equal(all.length, 2000);
  });
  after(async () => {
    reporter?.close();
    await gateway?.stop();
  });
  const stats = (request = {}) => gateway.control.call("StatsService/GetStats", request);
  const within = (from, to) => all.filter(({ receivedUs }) => number(receivedUs) >= from * 1000 && number(receivedUs) < to * 1000);

  test("agree for any range and step", async () => {
    const steps = [minute, 5 * minute, 15 * minute, hour, 3 * hour, 12 * hour, day, 2 * day, 7 * day, 7 * minute];
    for (let i = 0; i < 60; ++i) {
      const sinceMs = now - minute * (1 + random.below(6 * 24 * 60));
      const untilMs = Math.min(now, sinceMs + minute * (1 + random.below(4000)));
      const step = random.pick(steps);
      const dimension = random.pick(Object.keys(valueOf));
      if ((untilMs - sinceMs) / step > 1800) continue;
      const what = `${dimension} ${new Date(sinceMs).toISOString()} to ${new Date(untilMs).toISOString()} by ${step}`;
      const answer = await stats({ sinceMs: String(sinceMs), untilMs: String(untilMs), stepMs: String(step), dimension });
      assert.deepEqual([number(answer.sinceMs), number(answer.untilMs), number(answer.stepMs)], [sinceMs, untilMs, step], what);
      const groups = grouped(within(sinceMs, untilMs), dimension);
      if (dimension === "" && groups.size === 0) continue;
      checkSeries(answer.series ?? [], groups, what);
      for (const { value = "", points = [] } of answer.series ?? [])
        for (const [at, point] of points.entries()) {
          const [from, to] = [Math.max(number(point.atMs), sinceMs), Math.min(number(point.atMs) + step, untilMs)];
          const mine = groups.get(value).filter(({ receivedUs }) => number(receivedUs) >= from * 1000 && number(receivedUs) < to * 1000);
          assert.deepEqual(only(ofRequests, point.totals), only(ofRequests, sumsOf(mine)), `${what}: ${value}, point ${at}`);
          assert.ok(Math.abs(point.totals.qps - mine.length / ((to - from) / 1000)) < 1e-9, `${what}: qps of point ${at}`);
        }
    }
  });

  test("are compared with the span of the same length before", async () => {
    for (const [length, dimension] of [[day, "tier"], [2 * day, "model"], [36 * hour, ""], [90 * minute, "error"], [day, "key"]]) {
      const since = now - length;
      const { series = [], before = [] } = await stats({ sinceMs: String(since), untilMs: String(now), stepMs: String(Math.max(hour, length / 48)), dimension, compare: true });
      const groups = grouped(within(since, now), dimension);
      const earlier = grouped(within(since - length, since), dimension);
      const values = new Set([...groups.keys(), ...earlier.keys()]);
      assert.deepEqual(new Set(series.map(({ value = "" }) => value)), values, `${dimension}: those that are gone are there, too`);
      assert.deepEqual(series.map(({ value }) => value), before.map(({ value }) => value), "in the same order");
      for (const [list, from] of [[series, groups], [before, earlier]])
        for (const { value = "", totals } of list) assert.deepEqual(only(ofRequests, totals), only(ofRequests, sumsOf(from.get(value) ?? [])), `${dimension} ${value}`);
    }
  });

  test("are of the values that were asked for", async () => {
    const { series } = await stats({ sinceMs: String(now - 3 * day), untilMs: String(now), stepMs: "-1", dimension: "model", values: ["lab/huge", "lab/never"] });
    const groups = grouped(within(now - 3 * day, now), "model");
    assert.deepEqual(series.map(({ value, totals }) => [value, number(totals.requests)]), [["lab/huge", groups.get("lab/huge").length], ["lab/never", 0]]);
  });

  test("choose a step that makes at most 120 points, and read rows, not records", async () => {
    for (const length of [30 * minute, 2 * hour, day, 6 * day]) {
      const { stepMs, series, rowsRead } = await stats({ sinceMs: String(now - length), dimension: "tier" });
      assert.ok((length + minute) / number(stepMs) <= 121, `${length} by ${stepMs}`);
      for (const { points = [] } of series ?? []) assert.ok(points.length <= 121);
      assert.ok(number(rowsRead) <= 20_000 + 5 * 400, `${rowsRead} rows`);
    }
  });

  test("count a batch once that is reported twice, and the new part of one that overlaps", async () => {
    const total = async () => number((await stats({ stepMs: "-1" })).series[0].totals.requests);
    assert.equal(await total(), 2000);
    const more = Array.from({ length: 30 }, (_, i) => made(2000 + i));
    const first = reporter.next;
    assert.equal(await reporter.report(more.slice(0, 20)), 20);
    assert.equal(await reporter.report(more.slice(0, 20), first), 20, "acknowledged again");
    assert.equal(await reporter.report(more.slice(10), first + 10), 20);
    assert.equal(await total(), 2030);
    all = await recordsOf(gateway);
    assert.equal(all.length, 2030);
    const { series } = await stats({ stepMs: "-1", dimension: "tier" });
    checkSeries(series, grouped(all, "tier"), "tier");
  });
});
