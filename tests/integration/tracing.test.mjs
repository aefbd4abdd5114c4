// Traces: one SERVER span for each request that is sampled, a CLIENT span for each attempt, sent to a collector that speaks the public protocol.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after, before, describe } from "node:test";

import { grpcCollector, grpcStatus, httpCollector, retryInfo } from "./lib/otlp.mjs";
import { Gateway, chatFetch, metricsOf, plainConfig, run, tireless, until } from "./lib/world.mjs";

const traceId = (n) => n.toString(16).padStart(32, "0");
const caller = "00f067aa0ba902b7";
const traceparent = (n, flags = "01") => `00-${traceId(n)}-${caller}-${flags}`;
const headerOf = (request, name) => request.headers.filter(([key]) => key.toLowerCase() === name).map(([, value]) => value);

// `tracing` of the configuration; t1's first model always fails.
const traced =
  (tracing, more = {}) =>
  ({ first, second }) =>
    plainConfig(first.baseURL, {
      ...tireless,
      providers: [
        { id: "first", protocol: "openai", base_url: first.baseURL, api_key: "sk-1" },
        { id: "second", protocol: "openai", base_url: second.baseURL, api_key: "sk-2" },
      ],
      tiers: { t1: { models: ["first/broken", "second/good"] }, t2: { models: ["second/good"] }, t3: { models: ["second/good"] } },
      router: { mode: "keyword", default_tier: "t1" },
      tracing,
      ...more,
    });
const mocks = { first: { script: { models: { broken: { status: 503 } } } }, second: {} };

const asked = async (gateway, fields, headers) => {
  const answer = await chatFetch(gateway.baseURL, fields, { headers });
  return { status: answer.status, text: await answer.text() };
};
const traceAt = (collector, n, spans) => until(`trace ${n} is with the collector`, () => collector.trace(traceId(n)).length >= spans && collector.trace(traceId(n)));

describe("a request that is sampled", () => {
  let collector, gateway;
  before(async () => {
    collector = await httpCollector();
    gateway = new Gateway({
      mocks,
      config: traced({ endpoint: collector.origin, headers: { "x-team": "blue" }, service_name: "edge" }, { logs: { bodies: true } }),
    });
    await gateway.start();
  });
  after(async () => {
    await gateway.stop();
    await collector.close();
  });

  test("has a span of its own and one for each attempt, below the caller's", async () => {
    await gateway.mocks.second.clear();
    const { status } = await asked(gateway, {}, { traceparent: traceparent(1), tracestate: "congo=t61rcWkgMzE" });
    assert.equal(status, 200);
    const [server, failed, answered, ...rest] = await traceAt(collector, 1, 3);
    assert.equal(rest.length, 0);
    assert.deepEqual([server.kind, server.parent, server.name, server.status], ["SERVER", caller, "chat auto", "UNSET"]);
    assert.deepEqual([failed.kind, failed.parent, failed.name, failed.status], ["CLIENT", server.id, "chat broken", "ERROR"]);
    assert.deepEqual([answered.kind, answered.parent, answered.name, answered.status], ["CLIENT", server.id, "chat good", "UNSET"]);
    assert.equal(new Set([caller, server.id, failed.id, answered.id]).size, 4);
    for (const span of [failed, answered]) assert.ok(span.begin >= server.begin && span.end <= server.end + 1_000_000n, `${span.name} lies within its request`);
    assert.ok(failed.end <= answered.begin + 1_000_000n);
    for (const { at } of server.events) assert.ok(at >= server.begin && at <= server.end);
    assert.deepEqual(
      server.events.map(({ name }) => name),
      ["smartroute.routed", "smartroute.upstream_called", "smartroute.first_byte"],
    );
    // The provider is told the span of the very attempt that reached it.
    const [request] = await gateway.mocks.second.requests();
    assert.deepEqual(headerOf(request, "traceparent"), [`00-${traceId(1)}-${answered.id}-01`]);
    assert.deepEqual(headerOf(request, "tracestate"), ["congo=t61rcWkgMzE"]);
  });

  test("says what the conventions ask for", async () => {
    await asked(gateway, { stream: true, stream_options: { include_usage: true } }, { traceparent: traceparent(2) });
    const [server, failed, answered] = await traceAt(collector, 2, 3);
    const mock = new URL(gateway.mocks.second.baseURL);
    const has = (span, wanted) => assert.deepEqual(Object.fromEntries(Object.keys(wanted).map((key) => [key, span.attributes[key]])), wanted);
    has(server, {
      ...{ "gen_ai.operation.name": "chat", "gen_ai.request.model": "auto", "gen_ai.request.stream": true, "http.request.method": "POST" },
      ...{ "http.response.status_code": 200, "smartroute.tier": "t1", "smartroute.ending": "completed", "smartroute.attempts": 2, "error.type": undefined },
    });
    has(failed, {
      ...{ "gen_ai.provider.name": "first", "gen_ai.request.model": "broken", "http.response.status_code": 503, "error.type": "retryable_status" },
      ...{ "smartroute.attempt": 1, "gen_ai.usage.input_tokens": undefined },
    });
    has(answered, {
      ...{ "gen_ai.provider.name": "second", "gen_ai.request.model": "good", "gen_ai.response.finish_reasons": ["stop"], "smartroute.attempt": 2 },
      ...{ "server.address": mock.hostname, "server.port": Number(mock.port), "smartroute.usage.input_source": "upstream" },
    });
    assert.ok(answered.attributes["gen_ai.usage.input_tokens"] > 0);
    assert.ok(answered.attributes["gen_ai.usage.output_tokens"] > 0);
    assert.ok(answered.attributes["gen_ai.response.time_to_first_chunk"] > 0);
    assert.equal(server.resource["service.name"], "edge");
    assert.equal(server.resource["service.instance.id"], "proxy-1");
    const { headers } = collector.requests.at(-1);
    assert.deepEqual([headers[":method"], headers[":path"], headers["content-type"], headers["x-team"]], ["POST", "/v1/traces", "application/x-protobuf", "blue"]);
  });

  test("holds no word of what was said", () => {
    for (const { attributes } of collector.spans)
      for (const key of Object.keys(attributes)) assert.doesNotMatch(key, /messages|instructions/);
  });

  test("is on record under its trace", async () => {
    const records = await until("the record", async () => {
      const { records = [] } = await gateway.control.call("LogService/ListRecords", { pageSize: 200 });
      const found = records.filter((record) => record.traceId === traceId(1));
      return found.length > 0 && found;
    });
    const [server, failed, answered] = collector.trace(traceId(1));
    assert.equal(records.length, 1);
    assert.deepEqual([records[0].spanId, records[0].parentSpanId], [server.id, caller]);
    assert.deepEqual(records[0].attempts.map(({ spanId }) => spanId), [failed.id, answered.id]);
  });

  test("that failed, or was refused, has a span too", async () => {
    assert.equal((await asked(gateway, { model: "first/broken" }, { traceparent: traceparent(3) })).status, 502);
    assert.equal((await asked(gateway, { messages: "none" }, { traceparent: traceparent(4) })).status, 400);
    const failed = await traceAt(collector, 3, 2);
    assert.equal(failed[0].status, "ERROR");
    assert.ok(failed[0].attributes["error.type"]);
    assert.equal(failed[0].attributes["http.response.status_code"], 502);
    const [refused, ...none] = await traceAt(collector, 4, 1);
    assert.deepEqual([refused.kind, refused.status, refused.attributes["http.response.status_code"], none.length], ["SERVER", "UNSET", 400, 0]);
  });

  test("begins a trace where the caller's is broken, and none where the caller does not sample", async () => {
    await gateway.mocks.second.clear();
    await asked(gateway, {}, { traceparent: traceparent(5).toUpperCase(), tracestate: "congo=1" });
    await asked(gateway, {}, { traceparent: traceparent(6, "00"), "x-request-id": "unsampled" });
    await asked(gateway, {}, { traceparent: traceparent(7) });
    await traceAt(collector, 7, 3);
    assert.equal(collector.trace(traceId(6)).length, 0);
    const requests = await gateway.mocks.second.requests();
    const [begun, unsampled] = requests.map((request) => headerOf(request, "traceparent")[0]);
    assert.deepEqual(headerOf(requests[0], "tracestate"), [], "it belonged to the broken one");
    assert.doesNotMatch(begun, new RegExp(traceId(5)));
    assert.match(begun, /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    const spans = collector.spans.filter(({ trace }) => trace === begun.slice(3, 35));
    assert.deepEqual(spans.map(({ parent, kind }) => kind === "SERVER" && parent === ""), [true, false, false]);
    assert.match(unsampled, new RegExp(`^00-${traceId(6)}-[0-9a-f]{16}-00$`));
    assert.ok(!unsampled.includes(caller));
  });

  test("holds what was said when that is asked for, from the next request on", async () => {
    await gateway.setConfig(traced({ endpoint: collector.origin, content: true }, { logs: { bodies: true } }));
    await asked(gateway, { messages: [{ role: "user", content: "the question" }] }, { traceparent: traceparent(8) });
    const [server] = await traceAt(collector, 8, 3);
    assert.deepEqual(JSON.parse(server.attributes["gen_ai.input.messages"]), [{ role: "user", parts: [{ type: "text", content: "the question" }] }]);
    const [said] = JSON.parse(server.attributes["gen_ai.output.messages"]);
    assert.deepEqual([said.role, said.parts[0].type, said.finish_reason], ["assistant", "text", "stop"]);
  });

  test("is sampled by its ratio only where nobody decided", async () => {
    await gateway.setConfig(traced({ endpoint: collector.origin, sample_ratio: 0 }));
    await gateway.mocks.second.clear();
    await asked(gateway, {});
    const [request] = await gateway.mocks.second.requests();
    assert.match(headerOf(request, "traceparent")[0], /-00$/);
    await asked(gateway, {}, { traceparent: traceparent(9) });
    await traceAt(collector, 9, 3);
    assert.equal(collector.trace(headerOf(request, "traceparent")[0].slice(3, 35)).length, 0);
  });
});

describe("the exporter", () => {
  let collector, gateway, counts;
  let sampled = 0; // requests, each of three spans
  const trace = (n) => (++sampled, asked(gateway, {}, { traceparent: traceparent(n) }));
  before(async () => {
    collector = await httpCollector();
    gateway = new Gateway({ mocks, config: traced({ endpoint: collector.origin }) });
    await gateway.start();
    counts = () => metricsOf(gateway.proxy.ready.proxy_ops);
  });
  after(async () => {
    await gateway.stop();
    await collector.close();
  });

  test("tries again what the collector could not take, and heeds how long to wait", async () => {
    collector.answers.push({ status: 503, headers: { "retry-after": "1" } }, { status: 429, headers: { "retry-after": "1" } });
    await trace(20);
    await traceAt(collector, 20, 3);
    assert.equal(collector.requests.filter(({ spans }) => spans.some(({ trace }) => trace === traceId(20))).length, 3);
    assert.equal(collector.trace(traceId(20)).length, 3, "each span once");
  });

  test("counts what the collector refuses", async () => {
    const before = (await counts()).value("smartroute_spans_dropped_total", { reason: "refused" });
    collector.answers.push({ status: 400 });
    await trace(21);
    await until("the refusal is counted", async () => (await counts()).value("smartroute_spans_dropped_total", { reason: "refused" }) === before + 3);
    collector.answers.push({ status: 200, rejected: 1 });
    await trace(22);
    await until("the partial refusal is counted", async () => (await counts()).value("smartroute_spans_dropped_total", { reason: "refused" }) === before + 4);
  });

  test("never makes a request wait, and drops no more than its queue cannot hold", async () => {
    await collector.close();
    const ids = Array.from({ length: 1000 }, (_, i) => 1000 + i);
    for (let i = 0; i < ids.length; i += 50)
      for (const { status } of await Promise.all(ids.slice(i, i + 50).map((n) => trace(n)))) assert.equal(status, 200);
    // 3,000 spans; 2,048 fit, and a batch may be under way.
    await until("the rest is dropped", async () => (await counts()).value("smartroute_spans_dropped_total", { reason: "queue_full" }) > 0);
    assert.ok((await counts()).value("smartroute_spans_dropped_total", { reason: "queue_full" }) <= 3000 - 2048 + 3);
  });

  test("moves to a gRPC collector without a restart, and takes what waits with it", async () => {
    const other = await grpcCollector();
    try {
      await gateway.setConfig(traced({ endpoint: other.address, protocol: "grpc", headers: { "x-team": "green" } }));
      await until("what waited is there", () => other.spans.length >= 1500);
      assert.equal(other.requests[0].headers["x-team"], "green");
      assert.ok(other.requests.every(({ spans }) => spans.length <= 512));
      assert.equal(new Set(other.spans.map(({ id }) => id)).size, other.spans.length, "each span once");

      other.answers.push({ code: grpcStatus.RESOURCE_EXHAUSTED, metadata: { "grpc-status-details-bin": retryInfo(0.2) } }, { code: grpcStatus.UNAVAILABLE });
      await trace(30);
      await traceAt(other, 30, 3);

      const before = (await counts()).value("smartroute_spans_dropped_total", { reason: "refused" });
      other.answers.push({ code: grpcStatus.RESOURCE_EXHAUSTED });
      await trace(31);
      await until("told no time, it gives up", async () => (await counts()).value("smartroute_spans_dropped_total", { reason: "refused" }) === before + 3);
    } finally {
      // Off: no thread is left.
      await gateway.setConfig(traced(undefined));
      await other.close();
    }
    const threads = () => readdirSync(`/proc/${gateway.proxy.ready.pid}/task`).map((id) => readFileSync(`/proc/${gateway.proxy.ready.pid}/task/${id}/comm`, "utf8").trim());
    await until("the thread has ended", () => !threads().includes("sr-tracing"));
    await gateway.mocks.second.clear();
    await asked(gateway, {});
    assert.equal((await gateway.mocks.second.requests()).length, 1);
  });

  test("adds up: every span was exported or dropped", async () => {
    const metrics = await counts();
    assert.ok(metrics.value("smartroute_spans_exported_total") > 1500);
    assert.equal(metrics.value("smartroute_spans_exported_total") + metrics.value("smartroute_spans_dropped_total"), 3 * sampled);
  });
});

describe("a collector behind TLS", { concurrency: true }, () => {
  const folder = mkdtempSync(join(tmpdir(), "smartroute-otlp-"));
  const path = (name) => join(folder, name);
  let tls;
  before(() => {
    const made = run("openssl", [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=localhost"],
      ...["-addext", "subjectAltName=DNS:localhost", "-keyout", path("key.pem"), "-out", path("cert.pem")],
    ]);
    assert.equal(made.status, 0, made.stderr);
    tls = { key: readFileSync(path("key.pem")), cert: readFileSync(path("cert.pem")) };
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  for (const [name, open] of Object.entries({ http: httpCollector, grpc: grpcCollector }))
    for (const trusted of [true, false])
      test(`is ${trusted ? "served" : "told nothing"} over ${name} when its certificate is ${trusted ? "good" : "not"}`, async () => {
        const collector = await open({ tls });
        const gateway = new Gateway({
          mocks,
          config: traced(undefined),
          env: {
            OTEL_EXPORTER_OTLP_ENDPOINT: collector.origin ?? collector.address,
            OTEL_EXPORTER_OTLP_PROTOCOL: name === "grpc" ? "grpc" : "http/protobuf",
            OTEL_EXPORTER_OTLP_HEADERS: "api-key=from%20the%20environment",
            OTEL_SERVICE_NAME: "by-environment",
            ...(trusted && { SSL_CERT_FILE: path("cert.pem") }),
          },
        });
        try {
          await gateway.start();
          await asked(gateway, {}, { traceparent: traceparent(40) });
          if (trusted) {
            const [server] = await traceAt(collector, 40, 3);
            assert.equal(server.resource["service.name"], "by-environment");
            assert.equal(collector.requests[0].headers["api-key"], "from the environment");
          } else {
            await until("the exporter says why", () => /traces wait for the collector/.test(gateway.proxy.log));
            assert.equal(collector.requests.length, 0);
          }
        } finally {
          await gateway.stop();
          await collector.close();
        }
      });
});
