// The log through the admin API: found by every filter, shown whole, watched as it grows, taken away as a file, and removed.
import assert from "node:assert/strict";
import { connect } from "node:net";
import test, { after, before, describe } from "node:test";

import { callers, kinds, matches, mixedConfig, mixedMocks, mixedTraffic, number, randomOf, recordsOf, settled } from "./lib/records.mjs";
import { WebSocketClient } from "./lib/websocket.mjs";
import { chatFetch, metricsOf, plainConfig, startGateway, startLoad, tireless, until } from "./lib/world.mjs";

const rounds = 4;
const idsOf = (records) => records.map(({ recordId }) => recordId);
const refusal = (call) =>
  call.then(
    (answer) => assert.fail(`taken: ${JSON.stringify(answer).slice(0, 200)}`),
    ({ status, text }) => ({ status, ...JSON.parse(text) }),
  );

// RFC 4180 to the letter: rows of cells. Every row ends with CR LF and has as many cells as the first; what is quoted needs to be.
function parseCsv(text) {
  const rows = [];
  let row = [];
  for (let at = 0; at < text.length; ) {
    let cell = "";
    if (text[at] === '"') {
      for (++at; ; ++at) {
        assert.ok(at < text.length, "a quote is left open");
        if (text[at] === '"' && text[++at] !== '"') break;
        cell += text[at];
      }
      assert.match(cell, /[",\r\n]/, "quoted without need");
    } else {
      cell = /[^,\r\n"]*/y.exec(text.slice(at))[0];
      at += cell.length;
    }
    row.push(cell);
    if (text[at] === ",") {
      ++at;
      continue;
    }
    assert.equal(text.slice(at, at + 2), "\r\n", `behind ${JSON.stringify(cell)}`);
    at += 2;
    rows.push(row);
    row = [];
  }
  assert.deepEqual(row, []);
  for (const one of rows) assert.equal(one.length, rows[0].length);
  return rows;
}

describe("the log", () => {
  let gateway, all, sent;
  before(async () => {
    gateway = await startGateway({ mocks: mixedMocks, proxies: 2, config: mixedConfig() });
    sent = await mixedTraffic(gateway, rounds);
    all = await settled(gateway, sent.length);
  });
  after(() => gateway?.stop());
  const call = (method, message = {}) => gateway.control.call(`LogService/${method}`, message);
  const exported = (query, init = {}) =>
    fetch(`http://${gateway.control.ready.admin}/admin/v1/logs/export?${new URLSearchParams(query)}`, { headers: { authorization: `Bearer ${gateway.control.token}` }, ...init });
  const tail = (query = {}, { token = gateway.control.token, protocols = ["smartroute.v1", ...(token ? [`smartroute.token.${token}`] : [])], headers } = {}) =>
    WebSocketClient.open(gateway.control.ready.admin, `/admin/v1/logs/tail?${new URLSearchParams(query)}`, { protocols, headers });

  test("holds each request once, as it went", () => {
    const byId = Map.groupBy?.(all, ({ requestId }) => requestId) ?? all.reduce((map, one) => map.set(one.requestId, [...(map.get(one.requestId) ?? []), one]), new Map());
    for (let round = 0; round < rounds; ++round)
      for (const [name, [, status, tried, tier, caller]] of Object.entries(kinds)) {
        const mine = byId.get(`mixed-${round}-${name}`);
        assert.equal(mine?.length, 1, name);
        const [record] = mine;
        assert.equal(record.status, status, name);
        assert.equal(record.tier, tier, name);
        assert.equal(record.keyName, caller, name);
        assert.deepEqual([...new Set((record.attempts ?? []).map(({ model }) => model))], tried, name);
        assert.equal(record.category, tried.length === 0 && name !== "unknown" ? record.category : name.startsWith("tool") ? "tool" : "chat", name);
        assert.match(record.instanceId, /^proxy-[12]$/);
        assert.equal(record.requestBody ?? record.responseBody, undefined, "a list is without bodies");
      }
    assert.deepEqual(new Set(all.filter(({ requestId }) => requestId.endsWith("-left")).map(({ ending }) => ending)), new Set(["client_gone"]));
    const times = all.map(({ receivedUs }) => number(receivedUs));
    assert.deepEqual(times, [...times].sort((a, b) => b - a), "newest first");
  });

  describe("is searched", () => {
    const received = () => all.map(({ receivedUs }) => number(receivedUs)).sort((a, b) => a - b);
    const seen = (field) => [...new Set(all.map((record) => record[field]).filter((value) => value !== undefined))];
    // Values of each condition: all there are, and some that nobody has.
    const choices = () => ({
      sinceUs: received().filter((_, i) => i % 9 === 0),
      untilUs: received().filter((_, i) => i % 9 === 4),
      tiers: ["t1", "t2", "t3", "none"],
      models: [...seen("model"), "mock/never"],
      providers: [...seen("provider"), "down"],
      keyIds: [...seen("keyId"), "00000000"],
      endings: [...seen("ending"), "drained"],
      statuses: ["200", "422", "2xx", "4xx", "5xx", "502", "0", "404", "599"],
      errorKinds: [...seen("errorKind"), "any", "no_route"],
      categories: ["chat", "tool"],
      text: ["PROVE", "grüße", "天气", "mixed-2", "mock:", "nobody may", "overloaded", "zzz", "\\"],
      minDurationMs: [1, 5, 60, 10_000],
      minRetries: [1, 2, 3],
      streaming: [true, false],
      requestId: ["mixed-1-hard", "mixed-3-left", "mixed-9"],
      instanceIds: ["proxy-1", "proxy-2", "proxy-3"],
    });
    const isList = (name) => ["tiers", "models", "providers", "keyIds", "endings", "statuses", "errorKinds", "categories", "instanceIds"].includes(name);
    const ask = async (filter, options) => {
      const wanted = idsOf(all.filter((record) => matches(filter, record)));
      const spelled = Object.fromEntries(Object.entries(filter).map(([name, value]) => [name, name.endsWith("Us") ? String(value) : value]));
      assert.deepEqual(idsOf(await recordsOf(gateway, spelled, options)), wanted, JSON.stringify(filter));
      return wanted.length;
    };

    test("by each condition alone", async () => {
      for (const [name, values] of Object.entries(choices())) {
        let found = 0;
        for (const value of values) found += await ask({ [name]: isList(name) ? [value] : value });
        assert.ok(found > 0, `${name} finds something`);
      }
    });

    test("by any of them together, in pages of any size", async () => {
      const random = randomOf(20260131);
      const table = choices();
      let found = 0;
      for (let i = 0; i < 250; ++i) {
        const filter = {};
        for (let left = 1 + random.below(4); left > 0; --left) {
          const name = random.pick(Object.keys(table));
          filter[name] = isList(name) ? Array.from({ length: 1 + random.below(3) }, () => random.pick(table[name])) : random.pick(table[name]);
        }
        if (filter.untilUs !== undefined && filter.untilUs <= (filter.sinceUs ?? 0)) delete filter.sinceUs;
        if ((await ask(filter, { pageSize: 1 + random.below(40) })) > 0) ++found;
      }
      assert.ok(found > 60, `${found} of 250 filters find something`);
    });

    test("by a filter that is none: and is told what is wrong with it", async () => {
      const long = "x".repeat(257);
      for (const [request, says] of [
        [{ filter: { tiers: ["t4"] } }, /tiers holds 't4'; there are t1, t2, t3 and none/],
        [{ filter: { statuses: ["20"] } }, /statuses holds '20'/],
        [{ filter: { statuses: ["6xx"] } }, /statuses holds '6xx'/],
        [{ filter: { statuses: ["2xx", "ok"] } }, /statuses holds 'ok'/],
        [{ filter: { categories: ["talk"] } }, /categories holds 'talk'; there are chat and tool/],
        [{ filter: { sinceUs: "-1" } }, /must not be negative/],
        [{ filter: { sinceUs: "20", untilUs: "10" } }, /until_us must be later than since_us/],
        [{ filter: { text: long } }, /text has a text of more than 256 bytes/],
        [{ filter: { models: [long] } }, /models has a text of more than 256 bytes/],
        [{ filter: { requestId: long } }, /request_id has/],
        [{ filter: { keyIds: Array(101).fill("a") } }, /key_ids has 101 values; 100 are the most/],
        [{ filter: { tier: ["t1"] } }, /tier/],
        [{ filter: { minRetries: "many" } }, /min_?retries/i],
        [{ pageSize: -1 }, /page_size/],
        [{ cursor: "there" }, /cursor/],
      ]) {
        const { status, code, message } = await refusal(call("ListRecords", request));
        assert.deepEqual([status, code], [400, "invalid_argument"], JSON.stringify(request));
        assert.match(message, says);
        if (!request.filter) continue;
        const answer = await exported({ filter: JSON.stringify(request.filter) });
        assert.equal(answer.status, 400);
        assert.match((await answer.json()).message, says);
        const offer = await tail({ filter: JSON.stringify(request.filter) });
        assert.equal(offer.status, 400, JSON.stringify(request));
        assert.match(JSON.parse(offer.body).message, says);
      }
    });
  });

  test("is read whole: bodies, attempts, five points in time", async () => {
    for (const [name, [fields, status, , , caller]] of Object.entries(kinds)) {
      const { record, bodiesKept = false } = await call("GetRecord", { requestId: `mixed-2-${name}` });
      const listed = all.find(({ requestId }) => requestId === record.requestId);
      assert.deepEqual((await call("GetRecord", { recordId: listed.recordId })).record, record);
      const { requestBody, responseBody, ...rest } = record;
      assert.deepEqual(rest, listed, "the rest is what the list says");
      const kept = caller !== "quiet" && name !== "noKey";
      assert.equal(bodiesKept, kept, name);
      if (!kept) {
        assert.deepEqual([requestBody, responseBody, record.preview, record.route?.input?.ask], [undefined, undefined, undefined, undefined]);
        continue;
      }
      assert.deepEqual(JSON.parse(Buffer.from(requestBody, "base64")), { model: "auto", messages: [{ role: "user", content: "hi" }], ...fields }, name);
      const answer = JSON.parse(Buffer.from(responseBody, "base64"));
      if (status === 200) assert.ok(answer.choices[0].message.content.length > 0, name);
      else assert.ok(answer.error.message, name);
      if (status !== 200) continue;
      const times = ["receivedUs", "routedUs", "upstreamCalledUs", "firstByteUs", "completedUs"].map((field) => number(record[field]));
      assert.ok(times.every((time, i) => time > Date.UTC(2020) * 1000 && (i === 0 || time >= times[i - 1])), `${name}: ${times}`);
      for (const attempt of record.attempts) {
        assert.ok(number(attempt.startedUs) >= times[1] && number(attempt.startedUs) + number(attempt.durationUs) <= times[4] + 1000, name);
        assert.ok(attempt.outcome && attempt.provider);
      }
      assert.equal(record.attempts.at(-1).model, record.model);
    }
    for (const [request, status, code] of [
      [{}, 400, "invalid_argument"],
      [{ recordId: all[0].recordId, requestId: all[0].requestId }, 400, "invalid_argument"],
      [{ recordId: "nonsense" }, 400, "invalid_argument"],
      [{ requestId: "nobody's" }, 404, "not_found"],
    ]) {
      const refused = await refusal(call("GetRecord", request));
      assert.deepEqual([refused.status, refused.code], [status, code], JSON.stringify(request));
      assert.ok(refused.message.length > 10);
    }
  });

  test("says what it may be filtered by, and how often", async () => {
    const { facets } = await call("ListFacets", {});
    const field = { tier: "tier", model: "model", provider: "provider", key: "keyId", status: "status", category: "category", error: "errorKind", ending: "ending" };
    assert.deepEqual(new Set(facets.map(({ dimension }) => dimension)), new Set(Object.keys(field)));
    for (const { dimension, values } of facets) {
      const counts = {};
      for (const record of all) {
        const chat = record.endpoint === "chat_completions";
        if (!chat && dimension !== "status" && dimension !== "ending") continue;
        const value = record[field[dimension]] ?? { tier: "none", status: 0 }[dimension];
        if (value !== undefined) counts[value] = (counts[value] ?? 0) + 1;
      }
      assert.deepEqual(Object.fromEntries(values.map(({ value, records }) => [value, number(records)])), counts, dimension);
      const order = values.map(({ records }) => number(records));
      assert.deepEqual(order, [...order].sort((a, b) => b - a), dimension);
      if (dimension === "key") assert.deepEqual(new Set(values.map(({ label = "" }) => label)), new Set([...Object.keys(callers)]));
      // And each finds as many.
      const name = { tier: "tiers", model: "models", provider: "providers", key: "keyIds", status: "statuses", category: "categories", error: "errorKinds", ending: "endings" }[dimension];
      for (const { value, records } of values) {
        const found = await recordsOf(gateway, { [name]: [value] });
        const counted = ["statuses", "endings"].includes(name) ? found : found.filter(({ endpoint }) => endpoint === "chat_completions");
        assert.equal(counted.length, number(records), `${dimension} ${value}`);
      }
    }
    assert.equal((await refusal(call("ListFacets", { sinceUs: "20000000", untilUs: "10000000" }))).code, "invalid_argument");
  });

  test("says what it takes", async () => {
    const storage = await call("GetLogStorage");
    assert.equal(number(storage.records), all.length);
    assert.equal(storage.newestUs, all[0].receivedUs);
    assert.equal(storage.oldestUs, all.at(-1).receivedUs);
    assert.ok(number(storage.bytes) > 0 && number(storage.bytes) < number(storage.maxBytes), JSON.stringify(storage));
  });

  test("keeps its pages while requests come in", async () => {
    const known = idsOf(all);
    const seen = [];
    let cursor;
    const later = mixedTraffic(gateway, 1, { prefix: "meanwhile" });
    do {
      const page = await call("ListRecords", { pageSize: 3, ...(cursor && { cursor }) });
      seen.push(...page.records);
      cursor = page.nextCursor;
    } while (cursor);
    sent.push(...(await later));
    const ids = idsOf(seen);
    assert.equal(new Set(ids).size, ids.length, "none twice");
    assert.deepEqual(ids.filter((id) => known.includes(id)), known, "none is missing, none out of place");
    all = await settled(gateway, sent.length);
  });

  describe("is taken away", () => {
    before(async () => {
      const odd = ['=HYPERLINK("http://evil.example","now")', "+1+1", "-2+3", "@SUM(1)", "\tx", "\r\nsecond, line", 'said "no", twice', "plain", "emoji 🙂, 中文\nline"];
      const authorization = { authorization: `Bearer ${callers.web}` };
      for (const [i, content] of odd.entries()) {
        await chatFetch(gateway.baseURL, { messages: [{ role: "user", content }] }, { headers: { "x-request-id": `odd-${i}`, ...authorization } }).then((a) => a.text());
        sent.push(`odd-${i}`);
      }
      await chatFetch(gateway.baseURL, { model: "=cmd|' /C calc'!A0" }, { headers: { "x-request-id": "odd-model", ...authorization } }).then((a) => a.text());
      sent.push("odd-model");
      all = await settled(gateway, sent.length);
    });

    test("as CSV that any strict reader takes, and no spreadsheet runs", async () => {
      const answer = await exported({ format: "csv" });
      assert.equal(answer.headers.get("content-type"), "text/csv; charset=utf-8");
      assert.match(answer.headers.get("content-disposition"), /^attachment; filename="[\w.-]+\.csv"$/);
      const [heading, ...rows] = parseCsv(await answer.text());
      assert.equal(new Set(heading).size, heading.length);
      const found = rows.map((row) => Object.fromEntries(row.map((cell, i) => [heading[i], cell])));
      assert.deepEqual(found.map((row) => row.record_id), idsOf(all));
      const guarded = (text = "") => (/^[=+\-@\t\r]/.test(text) ? `'${text}` : text);
      for (const [i, row] of found.entries()) {
        const record = all[i];
        for (const [column, field] of Object.entries({ request_id: "requestId", tier: "tier", model: "model", ending: "ending", error: "error", error_kind: "errorKind", key_name: "keyName", preview: "preview", requested_model: "requestedModel", instance_id: "instanceId" }))
          assert.equal(row[column], guarded(record[field]), column);
        assert.equal(row.status, String(record.status ?? 0));
        assert.equal(row.attempts, String((record.attempts ?? []).length));
        assert.equal(row.prompt_tokens, record.promptTokens ? String(number(record.promptTokens.count)) : "");
        assert.equal(row.prompt_tokens_source, record.promptTokens ? record.promptTokens.source.replace("SOURCE_", "").toLowerCase() : "");
        const nano = record.cost?.nanoUsd;
        assert.equal(row.cost_usd === "" ? undefined : Math.round(Number(row.cost_usd) * 1e9), nano === undefined ? undefined : Number(nano));
        assert.equal(Date.parse(row.received), Math.floor(number(record.receivedUs) / 1000));
        assert.match(row.received, /T\d\d:\d\d:\d\d\.\d{6}Z$/);
        for (const cell of Object.values(row)) if (Number.isNaN(Number(cell))) assert.doesNotMatch(cell, /^[=+\-@\t\r]/);
      }
      assert.equal(found.filter(({ preview }) => preview.startsWith("'")).length, 6);
    });

    test("as JSON lines: all, what a filter means, with bodies, or so many", async () => {
      const lines = async (query) => {
        const answer = await exported({ format: "jsonl", ...query });
        assert.equal(answer.status, 200);
        assert.equal(answer.headers.get("content-type"), "application/x-ndjson");
        const text = await answer.text();
        assert.ok(text === "" || text.endsWith("\n"));
        return text.split("\n").slice(0, -1).map((line) => JSON.parse(line));
      };
      assert.deepEqual(await lines({}), all);
      const filter = { tiers: ["t1", "t3"], minRetries: 1 };
      assert.deepEqual(await lines({ filter: JSON.stringify(filter) }), all.filter((record) => matches(filter, record)));
      assert.deepEqual(await lines({ max_records: "7" }), all.slice(0, 7));
      assert.deepEqual(await lines({ filter: JSON.stringify({ requestId: "nobody's" }) }), []);
      const whole = await lines({ bodies: "true", filter: JSON.stringify({ requestId: "mixed-0-plain" }) });
      assert.deepEqual(whole, [(await call("GetRecord", { requestId: "mixed-0-plain" })).record]);
      assert.ok(whole[0].responseBody);
    });

    test("by nobody without the token, and not by half a question", async () => {
      for (const headers of [{}, { authorization: "Bearer sra_wrong" }]) assert.equal((await exported({}, { headers })).status, 401);
      const authorization = { authorization: `Bearer ${gateway.control.token}` };
      assert.equal((await exported({}, { headers: { ...authorization, origin: "http://evil.example" } })).status, 403);
      assert.equal((await exported({}, { method: "POST" })).status, 405);
      for (const query of [{ format: "xml" }, { bodies: "1" }, { max_records: "-1" }, { filter: "{" }, { fliter: "{}" }]) {
        const answer = await exported(query);
        assert.equal(answer.status, 400, JSON.stringify(query));
        assert.ok((await answer.json()).message.includes(Object.keys(query)[0]));
      }
    });
  });

  describe("is watched", () => {
    let serial = 0;
    // Sends one request; its id.
    const send = async (fields = {}) => {
      const id = `watched-${++serial}`;
      sent.push(id);
      await chatFetch(gateway.baseURL, fields, { headers: { "x-request-id": id, authorization: `Bearer ${callers.web}` } }).then((answer) => answer.text());
      return id;
    };
    const text = (content) => ({ messages: [{ role: "user", content }] });
    const names = (records) => records.map(({ requestId }) => requestId);

    test("by a filter, from what is there to what comes, none twice", async () => {
      const filter = { tiers: ["t1"] };
      // As the list shows them, but for the texts that lie with the bodies.
      const told = ({ route, ...record }) => ({ ...record, route: { ...route, input: { ...route.input, ask: undefined, system: undefined } } });
      const there = (await recordsOf(gateway, filter)).slice(0, 3).reverse().map(told);
      const watcher = await tail({ filter: JSON.stringify(filter), backlog: "3" });
      assert.equal(watcher.protocol, "smartroute.v1");
      assert.deepEqual((await watcher.untilRecords(3)).map(told), there);
      assert.ok(watcher.records.every(({ route }) => route.input.ask === undefined));
      await send();
      const first = await send(text("hello there"));
      await send({ model: "t3" });
      const second = await send(text("hello there, too"));
      assert.deepEqual(names(await watcher.untilRecords(5)).slice(3), [first, second]);
      assert.deepEqual(told((await recordsOf(gateway, { requestId: first }))[0]), told(watcher.records[3]));
      watcher.close();
    });

    test("by another filter from now on; one that is none changes nothing", async () => {
      const watcher = await tail({ filter: JSON.stringify({ tiers: ["t1"] }) });
      const first = await send(text("hello there"));
      await watcher.untilRecords(1);
      watcher.send(JSON.stringify({ statuses: ["9xx"] }));
      watcher.send("no filter");
      await until("both are refused", () => watcher.messages.filter(({ error }) => error).length === 2);
      assert.match(watcher.messages.at(-2).error, /9xx/);
      const second = await send(text("hello there"));
      await watcher.untilRecords(2);
      watcher.send(JSON.stringify({ text: "needle" }));
      // The filter is not acknowledged; so: until it lets one through that the old one would not.
      const needles = [];
      await until("the new filter holds", async () => {
        needles.push(await send(text("a needle")));
        return names(watcher.records).some((id) => needles.includes(id));
      });
      const begun = watcher.records.length;
      await send(text("hello there"));
      const last = await send(text("hello there, NEEDLE"));
      await until("the last one", () => names(watcher.records).includes(last));
      assert.ok(names(watcher.records).slice(0, 2).every((id, i) => id === [first, second][i]));
      assert.ok(names(watcher.records.slice(2, begun)).every((id) => needles.includes(id)));
      assert.ok(!names(watcher.records.slice(begun)).some((id) => id !== last && !needles.includes(id)));
      watcher.close();
    });

    test("by nobody with a wrong token, from another site, or who asks for too much", async () => {
      const own = gateway.control.token;
      for (const [what, query, options, status] of [
        ["no token", {}, { token: "" }, 401],
        ["a wrong token", {}, { token: "sra_wrong" }, 401],
        ["a wrong token in a header", {}, { token: "", headers: { authorization: "Bearer sra_wrong" } }, 401],
        ["another origin", {}, { headers: { origin: "http://evil.example" } }, 403],
        ["no origin of any", {}, { headers: { origin: "null" } }, 403],
        ["a long backlog", { backlog: "1001" }, {}, 400],
        ["no number", { backlog: "few" }, {}, 400],
        ["an unknown parameter", { token: own }, {}, 400],
      ]) {
        const offer = await tail(query, options);
        assert.equal(offer.status, status, what);
        assert.ok(JSON.parse(offer.body).message, what);
        assert.doesNotMatch(offer.body, new RegExp(own));
      }
      for (const options of [{ headers: { origin: `http://${gateway.control.ready.admin}` } }, { token: "", headers: { authorization: `Bearer ${own}` } }]) {
        const watcher = await tail({}, options);
        assert.equal(watcher.status, undefined, watcher.body);
        watcher.close();
      }
    });

    test("until the control plane stops, which says so", async () => {
      const watcher = await tail();
      await gateway.control.stop();
      await until("the end", () => watcher.closed);
      assert.equal(watcher.closed.code, 1001);
      await gateway.control.start();
      all = await settled(gateway, sent.length);
    });
  });

  test("is emptied: bodies only, then old records, then all; statistics stay", async () => {
    const middle = number(all[Math.floor(all.length / 2)].receivedUs);
    const older = all.filter(({ receivedUs }) => number(receivedUs) < middle);
    const younger = all.filter(({ receivedUs }) => number(receivedUs) >= middle);
    const requests = async () => number((await gateway.control.call("StatsService/GetStats", { stepMs: "-1" })).series[0].totals.requests);
    const before = await requests();
    assert.equal(before, all.length);

    assert.equal(number((await call("PruneRecords", { beforeUs: String(middle), bodiesOnly: true })).records), 0, "no record goes with its body");
    assert.equal((await recordsOf(gateway)).length, all.length);
    for (const { recordId } of older) {
      const { record, bodiesKept } = await call("GetRecord", { recordId });
      assert.deepEqual([bodiesKept ?? false, record.requestBody, record.responseBody, record.route?.input?.ask], [false, undefined, undefined, undefined]);
    }
    for (const { recordId, keyName } of younger.filter(({ endpoint, keyName }) => endpoint === "chat_completions" && keyName))
      assert.equal((await call("GetRecord", { recordId })).bodiesKept ?? false, keyName !== "quiet");
    assert.equal(number((await call("GetLogStorage")).oldestBodyUs) >= middle, true);

    assert.equal(number((await call("PruneRecords", { beforeUs: String(middle) })).records), older.length);
    assert.deepEqual(idsOf(await recordsOf(gateway)), idsOf(younger));
    assert.equal((await refusal(call("GetRecord", { recordId: older[0].recordId }))).code, "not_found");
    assert.equal(number((await call("GetLogStorage")).records), younger.length);

    assert.equal(number((await call("PruneRecords", {})).records), younger.length);
    assert.deepEqual(await recordsOf(gateway), []);
    assert.equal(number((await call("GetLogStorage")).records), 0);
    assert.equal(await requests(), before);
    assert.equal((await refusal(call("PruneRecords", { beforeUs: "-5" }))).code, "invalid_argument");
    // And what comes afterwards is kept.
    await chatFetch(gateway.baseURL, {}, { headers: { authorization: `Bearer ${callers.web}` } }).then((answer) => answer.text());
    await settled(gateway, 1);
  });
});

describe("who reads slowly", () => {
  const requests = 1500;
  // Sixty models to choose from, and their names in every record: what waits for a reader is soon more than may wait.
  const models = Array.from({ length: 60 }, (_, i) => `mock/${"of-a-long-name-".repeat(12)}${i}`);
  let gateway, stored;
  before(async () => {
    const tiers = { t1: { models }, t2: { models }, t3: { models } };
    gateway = await startGateway({ config: ({ mock }) => plainConfig(mock.baseURL, { ...tireless, tiers, logs: { bodies: false } }) });
  });
  after(() => gateway?.stop());

  test("is told how many records passed by, and holds up nobody", async () => {
    const open = () => WebSocketClient.open(gateway.control.ready.admin, "/admin/v1/logs/tail", { headers: { authorization: `Bearer ${gateway.control.token}` } });
    const slow = await open();
    const quick = await open();
    slow.pause();
    const { report } = await startLoad(gateway.baseURL, ["--connections", "4", "--requests", String(requests)]).result;
    assert.equal(report.completed, requests, JSON.stringify(report));
    // Where the whole machine is slow, the data plane had no room for some, and says so.
    const lost = (await metricsOf(gateway.proxy.ready.proxy_ops)).value("smartroute_log_dropped_total");
    stored = requests - lost;
    assert.ok(stored > requests / 2, `${lost} of ${requests} were lost before they were stored`);
    await until("the quick one has all", () => quick.records.length + quick.dropped === stored);
    slow.resume();
    await until("the slow one has the rest", () => slow.records.length + slow.dropped === stored);
    assert.ok(slow.dropped > 0, "something passed by");
    const ids = idsOf(slow.records);
    assert.equal(new Set(ids).size, ids.length);
    const order = idsOf(quick.records);
    if (quick.dropped === 0) assert.deepEqual(ids, order.filter((id) => ids.includes(id)), "in the order of the others");
    assert.equal(ids.at(-1), order.at(-1), "the newest are there");
    slow.close();
    quick.close();
  });

  test("still gets every row of an export", async () => {
    const all = await recordsOf(gateway);
    assert.equal(all.length, stored);
    const [, host, port] = /^(.*):(\d+)$/.exec(gateway.control.ready.admin);
    const socket = connect({ host, port: Number(port) });
    socket.write(`GET /admin/v1/logs/export?format=jsonl HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${gateway.control.token}\r\nConnection: close\r\n\r\n`);
    const pieces = [];
    let taken = 0;
    // Reads 128 KiB, then nothing until others were served and looked around.
    for await (const piece of socket) {
      pieces.push(piece);
      taken += piece.length;
      if (taken < 128 * 1024) continue;
      taken = 0;
      await gateway.control.call("LogService/ListRecords", { pageSize: 1 });
    }
    const bytes = Buffer.concat(pieces);
    const end = bytes.indexOf("\r\n\r\n");
    assert.match(bytes.subarray(0, end).toString(), /transfer-encoding: chunked/i);
    let body = "";
    for (let at = end + 4; ; ) {
      const line = bytes.indexOf("\r\n", at);
      const size = parseInt(bytes.subarray(at, line).toString(), 16);
      if (size === 0) break;
      body += bytes.subarray(line + 2, line + 2 + size).toString("latin1");
      at = line + 2 + size + 2;
    }
    const rows = Buffer.from(body, "latin1").toString().split("\n").slice(0, -1).map((row) => JSON.parse(row).recordId);
    assert.deepEqual(rows, idsOf(all));
  });
});
