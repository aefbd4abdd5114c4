// The metrics of both planes, as Prometheus, the alerts and the dashboards of deploy/ see them.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after, before, describe } from "node:test";
import { fileURLToPath } from "node:url";

import { httpCollector } from "./lib/otlp.mjs";
import { RawClient } from "./lib/raw.mjs";
import { Gateway, chatFetch, metricsOf, plainConfig, run, tireless, until } from "./lib/world.mjs";

const tree = fileURLToPath(new URL("../..", import.meta.url));
const deploy = join(tree, "deploy");
const mocked = (behaviour) => ({ messages: [{ role: "user", content: `[[mock: ${JSON.stringify(behaviour)}]]` }] });
const promtool = run("promtool", ["--version"]).status === 0;

// [{where, expr}] of everything in deploy/ that names a metric.
function expressions() {
  const all = [];
  for (const name of readdirSync(join(deploy, "grafana")).filter((file) => file.endsWith(".json"))) {
    const dashboard = JSON.parse(readFileSync(join(deploy, "grafana", name), "utf8"));
    for (const panel of dashboard.panels) for (const { expr } of panel.targets ?? []) all.push({ where: `${name}: ${panel.title}`, expr });
    for (const variable of dashboard.templating.list)
      if (variable.type === "query") all.push({ where: `${name}: $${variable.name}`, expr: /^label_values\((.*), \w+\)$/.exec(variable.definition)[1] });
  }
  for (const [, expr] of readFileSync(join(deploy, "prometheus", "alerts.yml"), "utf8").matchAll(/^\s*expr: (.*)$/gm)) all.push({ where: "alerts.yml", expr });
  return all;
}

const resolved = (expr) => expr.replaceAll("$__rate_interval", "5m").replaceAll("$__range", "1h").replaceAll("$instance", ".*");

// Selectors of an expression: [{name, matchers: [[label, operator, value]]}], and the labels it groups by.
function parts(expr) {
  const grouped = [...expr.matchAll(/\b(?:by|on|without|ignoring) *\(([^)]*)\)/g)].flatMap(([, list]) => list.split(",").map((label) => label.trim()));
  const rest = expr.replace(/\b(?:by|on|without|ignoring) *\([^)]*\)/g, " ");
  const selectors = [];
  for (const [, name, inside] of rest.matchAll(/\b((?:smartroute|gen_ai|process|up)(?:[a-z0-9_:]*))(?:\{([^}]*)\})?/g))
    if (!/^"/.test(name)) selectors.push({ name, matchers: [...(inside ?? "").matchAll(/(\w+)(=~|!~|!=|=)"([^"]*)"/g)].map(([, ...matcher]) => matcher) });
  return { selectors: selectors.filter(({ name }) => !/^smartroute-/.test(name)), grouped };
}
const matches = (value, operator, wanted) => {
  const equal = operator.includes("~") ? new RegExp(`^(?:${wanted})$`).test(value) : value === wanted;
  return operator.startsWith("!") ? !equal : equal;
};
const fromPrometheus = new Set(["job", "instance", "le"]); // labels that a scrape does not have, or has on buckets only

describe("metrics of both planes", () => {
  let gateway, collector, control, proxy;
  const config =
    (tracing) =>
    ({ good, other }) =>
      plainConfig(good.baseURL, {
        ...tireless,
        providers: [
          { id: "good", protocol: "openai", base_url: good.baseURL, api_key: "sk-1" },
          { id: "other", protocol: "openai", base_url: other.baseURL, api_key: "sk-2" },
          { id: "down", protocol: "openai", base_url: "http://127.0.0.1:1/v1", api_key: "sk-3" },
        ],
        models: [{ id: "good/priced", price: { input: 1, output: 2 } }, { id: "other/dear", price: { input: 10, output: 20 } }],
        tiers: { t1: { models: ["other/broken", "good/priced"] }, t2: { models: ["good/priced"] }, t3: { models: ["other/dear"] } },
        router: { mode: "keyword", default_tier: "t1", keywords: { t2: ["second"] } },
        logs: { bodies: true },
        tracing,
      });

  before(async () => {
    collector = await httpCollector();
    gateway = new Gateway({ mocks: { good: {}, other: { script: { models: { broken: { status: 503 } } } } }, config: config({ endpoint: collector.origin }) });
    await gateway.start();
    const ask = (fields) => chatFetch(gateway.baseURL, fields).then((answer) => answer.text().catch(() => "broken"));
    const usage = { stream: true, stream_options: { include_usage: true } };
    for (let i = 0; i < 3; ++i) await ask({});
    await ask({ ...usage });
    await ask({ ...usage, model: "t3" });
    await ask({ model: "down/gone" });
    await ask({ ...mocked({ events: 6, pace_ms: 5 }), ...usage, model: "t2" });
    await ask({ ...mocked({ events: 5, pace_ms: 20, no_finish_reason: true, no_done: true }), stream: true, model: "t2" });
    await ask({ ...mocked({ no_usage: true }), model: "good/unpriced" });
    await ask({ messages: "none" });
    const bad = await RawClient.open(gateway.proxy.ready.listen);
    bad.write("GET / HTTP/1.1\r\nbad header\r\n\r\n");
    await fetch(`${gateway.baseURL}/models`);
    for (const method of ["LogService/ListRecords", "LogService/ListFacets", "StatsService/GetStats"]) await gateway.control.call(method, {});
    proxy = await until("all is settled", async () => {
      const scrape = await metricsOf(gateway.proxy.ready.proxy_ops);
      return scrape.value("smartroute_heads_rejected_total") > 0 && scrape.value("smartroute_token_counts_total") >= 14 && scrape.value("smartroute_spans_exported_total") > 0 && scrape;
    });
    control = await until("the records are stored", async () => {
      const scrape = await metricsOf(gateway.control.ready.control_ops);
      return scrape.value("smartroute_records_stored_total") > 8 && scrape;
    });
  });
  after(async () => {
    await gateway.stop();
    await collector.close();
  });

  const named = (scrape) => new Set([...scrape.text.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name));

  test("hold every one of the table", () => {
    const table = readFileSync(join(tree, "dataplane/ops/metric_table.hpp"), "utf8");
    const rows = [...table.matchAll(/inline constexpr MetricRow k\w+\{"(\w+)"/g)].map(([, name]) => name);
    assert.ok(rows.length > 60, `${rows.length} rows`);
    assert.equal(new Set(rows).size, rows.length);
    const exposed = named(proxy);
    assert.deepEqual(rows.filter((name) => !exposed.has(name)), [], "not exposed");
    assert.deepEqual([...exposed].filter((name) => !rows.includes(name)), [], "not in the table");
  });

  test("of the control plane hold every one that is rendered", () => {
    const source = readFileSync(join(tree, "controlplane/ops/metrics.cpp"), "utf8");
    const names = new Set([...source.matchAll(/"((?:smartroute|process)_\w+)"/g)].map(([, name]) => name));
    const exposed = named(control);
    assert.deepEqual([...names].filter((name) => !exposed.has(name)), []);
  });

  test("are what alerts and dashboards look at", () => {
    const series = [...proxy.series, ...control.series];
    const rules = new Set([...readFileSync(join(deploy, "prometheus/alerts.yml"), "utf8").matchAll(/record: (\S+)/g)].map(([, name]) => name));
    const problems = [];
    let looked = 0;
    for (const { where, expr } of expressions()) {
      const { selectors, grouped } = parts(expr);
      const known = new Set();
      if (selectors.length === 0) problems.push(`${where}: no metric in ${expr}`);
      for (const { name, matchers } of selectors) {
        if (rules.has(name) || name === "up") continue;
        ++looked;
        const own = series.filter((one) => one.name === name);
        if (own.length === 0) problems.push(`${where}: ${name} is not exposed`);
        for (const label of own.flatMap(({ labels }) => Object.keys(labels))) known.add(label);
        const wanted = matchers.filter(([label]) => !fromPrometheus.has(label));
        for (const [label] of wanted) if (own.length > 0 && !own.some(({ labels }) => label in labels)) problems.push(`${where}: ${name} has no label ${label}`);
        if (own.length > 0 && !own.some(({ labels }) => wanted.every(([label, operator, value]) => matches(labels[label] ?? "", operator, value))))
          problems.push(`${where}: no series for ${name}{${wanted.map(([label, operator, value]) => `${label}${operator}"${value}"`)}}`);
      }
      if (selectors.every(({ name }) => !rules.has(name) && name !== "up"))
        for (const label of grouped) if (!known.has(label) && !fromPrometheus.has(label)) problems.push(`${where}: grouped by ${label}, which nobody has`);
    }
    assert.deepEqual(problems, []);
    assert.ok(looked > 100, `${looked} selectors`);
  });

  test("pass promtool, and so do rules and dashboards", { skip: !promtool && "promtool is not installed" }, () => {
    for (const [name, scrape] of Object.entries({ proxy, control })) {
      const { status, stderr, stdout } = run("promtool", ["check", "metrics"], { input: scrape.text });
      assert.equal(status, 0, `${name}: ${stdout}${stderr}`);
    }
    const folder = join(deploy, "prometheus");
    for (const args of [["check", "config", "prometheus.yml"], ["check", "rules", "alerts.yml"], ["test", "rules", "alerts_test.yml"]]) {
      const { status, stderr, stdout } = run("promtool", args, { cwd: folder });
      assert.equal(status, 0, `${args}: ${stdout}${stderr}`);
    }
    // Each expression of a dashboard as a rule: what is no PromQL is refused.
    const temporary = mkdtempSync(join(tmpdir(), "smartroute-rules-"));
    const rules = expressions().map(({ expr }, i) => ({ record: `dashboard:${i}`, expr: resolved(expr) }));
    writeFileSync(join(temporary, "rules.yml"), JSON.stringify({ groups: [{ name: "dashboards", rules }] }));
    const { status, stderr, stdout } = run("promtool", ["check", "rules", join(temporary, "rules.yml")]);
    rmSync(temporary, { recursive: true, force: true });
    assert.equal(status, 0, stdout + stderr);
  });

  test("have the buckets of the conventions", () => {
    const bounds = (name) => [...new Set(proxy.series.filter((one) => one.name === `${name}_bucket`).map(({ labels }) => labels.le))].map(Number);
    const doubling = Array.from({ length: 14 }, (_, i) => Number((0.01 * 2 ** i).toFixed(2)));
    for (const name of ["gen_ai_server_request_duration_seconds", "gen_ai_client_operation_duration_seconds", "gen_ai_client_operation_time_to_first_chunk_seconds", "gen_ai_client_operation_time_per_output_chunk_seconds"])
      assert.deepEqual(bounds(name).slice(0, -1), doubling, name);
    assert.deepEqual(bounds("gen_ai_client_token_usage").slice(0, -1), Array.from({ length: 14 }, (_, i) => 4 ** i));
    assert.deepEqual(bounds("gen_ai_server_time_to_first_token_seconds").slice(0, -1), [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]);
    assert.deepEqual(bounds("gen_ai_server_time_per_output_token_seconds").slice(0, -1), [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5]);
  });

  test("add up with the records", async () => {
    const { records } = await gateway.control.call("LogService/ListRecords", { pageSize: 200 });
    const answered = records.filter(({ provider }) => provider);
    const sum = (each) => answered.reduce((total, record) => total + Number(each(record) ?? 0), 0);
    const now = await metricsOf(gateway.proxy.ready.proxy_ops);
    assert.equal(now.value("smartroute_tokens_total", { type: "prompt" }), sum((record) => record.promptTokens?.count));
    assert.equal(now.value("smartroute_tokens_total", { type: "completion" }), sum((record) => record.completionTokens?.count));
    const cost = sum((record) => record.cost?.nanoUsd) / 1e9;
    assert.ok(cost > 0);
    assert.ok(Math.abs(now.value("smartroute_cost_usd_total") - cost) < 1e-12);
    assert.equal(now.value("smartroute_unpriced_requests_total"), answered.filter((record) => record.cost?.nanoUsd === undefined).length);
    const net = sum((record) => (record.cost?.t3NanoUsd === undefined || record.cost?.nanoUsd === undefined ? 0 : record.cost.t3NanoUsd - record.cost.nanoUsd)) / 1e9;
    assert.ok(Math.abs(now.value("smartroute_saved_usd_total") - now.value("smartroute_extra_cost_usd_total") - net) < 1e-12);
  });

  test("stay bounded when clients invent names", async () => {
    const before = (await metricsOf(gateway.proxy.ready.proxy_ops)).series.length;
    const invented = Array.from({ length: 300 }, (_, i) => `invented-${i}`);
    for (let i = 0; i < invented.length; i += 30)
      await Promise.all(
        invented.slice(i, i + 30).flatMap((name) => [
          chatFetch(gateway.baseURL, { model: name }).then((answer) => answer.text()),
          chatFetch(gateway.baseURL, { model: `good/${name}` }, { headers: { "x-request-id": name } }).then((answer) => answer.text()),
        ]),
      );
    const now = await until("all are settled", async () => {
      const scrape = await metricsOf(gateway.proxy.ready.proxy_ops);
      return scrape.value("smartroute_inflight_requests") === 0 && scrape.value("smartroute_token_counts_total") >= proxy.value("smartroute_token_counts_total") + 1200 && scrape;
    });
    assert.doesNotMatch(now.text, /invented/);
    assert.doesNotMatch((await metricsOf(gateway.control.ready.control_ops)).text, /invented/);
    // A few blocks of `other`: histograms of some twenty lines each.
    assert.ok(now.series.length - before < 300, `${now.series.length - before} more series`);
    assert.ok(now.value("gen_ai_server_request_duration_seconds_count", { gen_ai_response_model: "other" }) >= 300);
  });
});
