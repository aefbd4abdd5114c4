// The data plane under attack, starved, stopped and killed: rows D1 to D13 of the fault matrix. A row that other tests prove says where.
import assert from "node:assert/strict";
import { after, describe } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import { openai } from "../conformance/lib/clients.mjs";
import { RawClient, chat, once } from "../integration/lib/raw.mjs";
import { Proxy, chatFetch, metricsOf, plainConfig, residentBytes, startLoad, until, useGateway } from "../integration/lib/world.mjs";
import { cpuSeconds, crowd, descriptorLimit, descriptors, limitDescriptors, timed } from "./crowd.mjs";
import { percentile, rounded, tableOf } from "./results.mjs";
import { Upstream } from "./upstream.mjs";

const { row, elsewhere, notHere } = tableOf("dataplane");
const post = (lines, body = "") => `POST /v1/chat/completions HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/json\r\n${lines}\r\n${body}`;
const mocked = (behaviour, fields = {}) => ({ messages: [{ role: "user", content: `[[mock: ${JSON.stringify(behaviour)}]]` }], ...fields });
const ms = (value) => `${rounded(value)} ms`;

describe("clients that take their time", () => {
  const limits = { header_timeout: "1s", max_body_bytes: 65536, keep_alive_timeout: "1500ms" };
  const gateway = useGateway({ config: ({ mock }) => plainConfig(mock.baseURL, { limits }) });
  const address = () => gateway.proxy.ready.listen;
  const serves = async () => assert.equal((await chatFetch(gateway.baseURL)).status, 200);

  row("D1", "a head that comes byte by byte", { scale: "2,000 connections, 1 byte a second, 10 s: here 500, 1 byte in 100 ms, 1 s" }, async () => {
    const quiet = percentile(await timed(200, serves), 0.99);
    const slow = await crowd(500, 50, () => RawClient.open(address()));
    const begun = performance.now();
    const head = "POST /v1/chat/completions HTTP/1.1\r\nHost: gateway\r\n" + "X".repeat(200);
    let sent = 0;
    const drip = setInterval(() => {
      const byte = head[sent++];
      for (const client of slow) if (!client.end) client.write(byte);
    }, 100);
    const others = timed(100, serves);
    const answers = await Promise.all(slow.map(async (client) => ({ ...(await client.response()), after: performance.now() - begun, end: await client.ended() })));
    clearInterval(drip);
    slow.forEach((client) => client.close());
    assert.deepEqual([...new Set(answers.map(({ status, end }) => `${status} ${end}`))], ["408 fin"]);
    const last = Math.max(...answers.map(({ after }) => after));
    assert.ok(last <= 2_000, `the last was closed after ${ms(last)}`);
    return `500 of 500 answered 408 and closed, the last after ${ms(last)}; p99 of others ${ms(percentile(await others, 0.99))}, alone ${ms(quiet)}`;
  });

  elsewhere("D2", "a body at 10 bytes a second", { "tests/integration/http_edge.test.mjs": ["a body that drips, never idle and never done, is answered 408", "a body that stops coming is answered 408"] });

  row("D3", "a body over the limit", {}, async () => {
    const over = Buffer.alloc(65537 + 48 * 1024, 120);
    const chunk = Buffer.concat([Buffer.from("8000\r\n"), Buffer.alloc(0x8000, 120), Buffer.from("\r\n")]);
    const answers = await crowd(1_000, 16, async (i) => {
      const client = await RawClient.open(address());
      if (i % 2 === 0) client.write(post(`Content-Length: ${over.length}\r\n`)).write(over);
      else client.write(post("Transfer-Encoding: chunked\r\n")).write(chunk).write(chunk).write(chunk);
      const { status } = await client.response();
      const end = await client.ended();
      client.close();
      return `${status} ${end}`;
    });
    assert.deepEqual([...new Set(answers)], ["413 fin"]);
    return "413 read in 1,000 of 1,000, declared and chunked; limit 64 KiB";
  });

  row("D4", "floods of chunk extension, headers and target", { scale: "64 MiB, 100,000 headers, 1 MiB: here 4 MiB, 100,000 headers, 1 MiB, on 30 connections" }, async () => {
    const floods = [
      [post("Transfer-Encoding: chunked\r\n", `5;${"a".repeat(4 << 20)}`), 400],
      [`GET /v1/models HTTP/1.1\r\nHost: a\r\n${"X-A: b\r\n".repeat(100_000)}\r\n`, 431],
      [`GET /${"a".repeat(1 << 20)} HTTP/1.1\r\nHost: a\r\n\r\n`, 414],
    ].map(([text, status]) => [Buffer.from(text), status]);
    await serves();
    const before = residentBytes(gateway.proxy.pid);
    let peak = before;
    const look = setInterval(() => (peak = Math.max(peak, residentBytes(gateway.proxy.pid))), 5);
    await crowd(30, 30, async (i) => {
      const [bytes, status] = floods[i % floods.length];
      const client = await RawClient.open(address());
      assert.equal((await client.write(bytes).response()).status, status);
      client.close();
    });
    clearInterval(look);
    const each = (peak - before) / 30 / 1024;
    assert.ok(each <= 128, `${rounded(each)} KiB a connection`);
    return `400, 431 and 414; ${rounded(each)} KiB of resident memory a connection at most`;
  });

  row("D6", "a client that closes its side behind its request", {}, async () => {
    const ends = await crowd(1_000, 16, async (i) => {
      const client = await RawClient.open(address());
      client.write(chat({ stream: i % 2 === 0 })).halfClose();
      let answer = await client.response();
      while (answer.status === 100) answer = await client.response();
      client.close();
      return `${answer.status} ${answer.whole} ${i % 2 === 1 || answer.body.includes("data: [DONE]\n\n")}`;
    });
    assert.deepEqual([...new Set(ends)], ["200 true true"]);
    return "whole answer in 1,000 of 1,000";
  });

  row("D7", "a request sent within 5 ms of the idle close", { scale: "10,000 connections, 75 s: here 300, 1.5 s" }, async () => {
    await gateway.mocks.mock.clear();
    const kinds = await crowd(300, 300, async (i) => {
      const client = await RawClient.open(address());
      await client.write(chat()).response();
      await pause(1_500 + (i % 11) - 5);
      client.write(chat({ messages: [{ role: "user", content: `late-${i}-` }] }));
      const answer = await client.response().catch(() => undefined);
      const silent = client.bytes.length === 0;
      client.close();
      if (answer) assert.equal(answer.status, 200);
      assert.ok(answer || silent, "part of an answer");
      return { i, served: answer !== undefined };
    });
    const asked = new Set((await gateway.mocks.mock.requests()).map(({ body }) => /late-(\d+)-/.exec(body)?.[1]).filter(Boolean));
    for (const { i, served } of kinds) assert.equal(asked.has(String(i)), served, `request ${i}: ${served ? "answered by nobody" : "lost, though a provider was asked"}`);
    const count = kinds.filter(({ served }) => served).length;
    return `${count} served, ${300 - count} closed unread; none asked of a provider and lost`;
  });
});

describe("streams", () => {
  const gateway = useGateway({ config: ({ mock }) => plainConfig(mock.baseURL, { tiers: { t2: { models: ["mock/m"], timeouts: { connect: "1s", first_byte: "2s", idle: "2s", total: "60s" } } } }) });

  row("D8", "SIGSTOP and SIGCONT", { scale: "5 s and deadlines of minutes: here 2.5 s and 2 s, so that each deadline passes while it stands still. The wall clock cannot be moved here: the rules run on virtual time in the unit tests" }, async () => {
    const streams = await crowd(20, 20, () => RawClient.open(gateway.proxy.ready.listen));
    for (const client of streams) client.write(chat(mocked({ events: 150, pace_ms: 25 }, { stream: true })));
    await Promise.all(streams.map((client) => client.received(1)));
    const plain = await crowd(10, 10, () => RawClient.open(gateway.proxy.ready.listen));
    for (const client of plain) client.write(chat(mocked({ latency_ms: 1_000 })));
    await until("all are under way", async () => (await gateway.mocks.mock.stats()).active === 30);
    process.kill(gateway.proxy.pid, "SIGSTOP");
    const late = await crowd(10, 10, () => RawClient.open(gateway.proxy.ready.listen)); // the kernel accepts them
    for (const client of late) client.write(chat());
    await pause(2_500);
    process.kill(gateway.proxy.pid, "SIGCONT");
    const all = await Promise.all([...streams, ...plain, ...late].map((client) => client.response()));
    for (const client of [...streams, ...plain, ...late]) client.close();
    const bad = all.filter(({ status, whole }) => status !== 200 || !whole);
    const metrics = await metricsOf(gateway.proxy.ready.proxy_ops);
    assert.deepEqual(bad.map(({ status, body }) => `${status} ${body.toString().slice(-200)}`), []);
    assert.equal(metrics.value("smartroute_deadline_hits_total"), 0, "deadlines hit");
    assert.equal(metrics.value("smartroute_model_cooling"), 0, "models ejected");
    return "40 of 40 whole, 0 deadlines hit, 0 ejections";
  });

  row("D12", "kill -9 with 500 streams", {}, async () => {
    const streams = await crowd(480, 60, () => RawClient.open(gateway.proxy.ready.listen));
    for (const client of streams) client.write(chat(mocked({ events: -1, pace_ms: 200 }, { stream: true })));
    await Promise.all(streams.map((client) => client.received(1)));
    const ends = [];
    await crowd(20, 20, async () => {
      const stream = await openai(gateway, { maxRetries: 0 }).chat({ ...mocked({ events: -1, pace_ms: 200 }), stream: true });
      await new Promise((begun) => {
        const read = async () => {
          for await (const chunk of stream) begun(chunk);
          return "success";
        };
        ends.push(read().catch((error) => error.constructor.name));
      });
    });
    await gateway.control.kill();
    await gateway.proxy.kill();
    const raw = await Promise.all(streams.map((client) => client.response().then(({ whole }) => whole, () => false)));
    streams.forEach((client) => client.close());
    assert.equal(raw.filter((whole) => whole).length, 0, "ended as if they were complete");
    const raised = await Promise.all(ends);
    assert.ok(!raised.includes("success"), String(raised));
    const restarted = performance.now();
    await gateway.proxy.start();
    await until("ready again without a control plane", async () => (await gateway.proxy.ops("/readyz").catch(() => ({}))).status === 200);
    const ready = performance.now() - restarted;
    assert.equal((await chatFetch(gateway.baseURL)).status, 200);
    await gateway.control.start();
    assert.ok(ready <= 2_000, ms(ready));
    return `500 of 500 broken for their clients (20 of them the official SDK, which raised); ready ${ms(ready)} after the restart, from the last-known-good file`;
  });
});

const upstream = await Upstream.start("upstream");
after(() => upstream.close());

describe("a client that leaves", () => {
  const gateway = useGateway({ mocks: [], config: plainConfig(upstream.baseURL) });

  row("D5", "FIN or RST in the middle of a stream", { scale: "10,000: here 400" }, async () => {
    upstream.play("medium", { stall_after: 5, stall_ms: 60_000 });
    const leave = async (i) => {
      const client = await RawClient.open(gateway.proxy.ready.listen);
      client.write(chat({ stream: true, messages: [{ role: "user", content: `leaver ${i}.` }] }));
      await client.received(800);
      const at = performance.now();
      if (i % 2 === 0) client.reset();
      else client.close();
      const attempt = upstream.log.find(({ messages }) => messages[0].content === `leaver ${i}.`);
      await until("the provider is let go", () => attempt.leftAfter !== undefined, 5_000);
      return attempt.at + attempt.leftAfter - at;
    };
    await crowd(20, 10, leave);
    const before = descriptors(gateway.proxy.pid);
    const times = await crowd(400, 10, (i) => leave(i + 20));
    await until("descriptors are back", () => descriptors(gateway.proxy.pid) <= before + 2, 15_000);
    const p99 = percentile(times, 0.99);
    assert.ok(p99 <= 200, `p99 ${ms(p99)}`);
    return `provider let go after ${ms(percentile(times, 0.5))} at the median, ${ms(p99)} at p99; 0 descriptors leaked`;
  });
});

describe("starved", () => {
  const gateway = useGateway({ config: ({ mock }) => plainConfig(mock.baseURL), proxyArgs: ["--workers", "2"] });

  row("D9", "no file descriptor left", {}, async () => {
    const { pid } = gateway.proxy;
    const kept = await RawClient.open(gateway.proxy.ready.listen);
    assert.equal((await kept.write(chat()).response()).status, 200);
    const usual = descriptorLimit(pid);
    limitDescriptors(pid, descriptors(pid) + 20);
    const crowdOf = await crowd(200, 50, () => RawClient.open(gateway.proxy.ready.listen).catch(() => undefined));
    await pause(300);
    const before = cpuSeconds(pid);
    await pause(1_000);
    const cpu = (cpuSeconds(pid) - before) * 100;
    assert.equal((await kept.write(chat()).response()).status, 200, "who is connected is served");
    const told = crowdOf.filter((client) => client?.bytes.toString().startsWith("HTTP/1.1 503")).length;
    crowdOf.forEach((client) => client?.close());
    const freed = performance.now();
    await until("newcomers are served", async () => (await once(gateway.proxy.ready.listen, chat(mocked({}), ["Connection: close"])).catch(() => ({}))).status === 200, 10_000);
    const recovery = performance.now() - freed;
    limitDescriptors(pid, usual);
    kept.close();
    assert.ok(cpu <= 10, `${rounded(cpu)} % CPU`);
    assert.ok(recovery <= 1_000, `recovered after ${ms(recovery)}`);
    assert.ok(told > 0, "somebody was told 503");
    return `${rounded(cpu)} % CPU while none was left, ${told} of 200 were told 503, back after ${ms(recovery)}`;
  });

  elsewhere("D10", "memory near its limit", { "tests/integration/overload.test.mjs": ["that is critical refuses model requests and nothing else, and all is well when it is over", "that is tight ends connections, idle ones too, and serves on"] });

  row("D11", "nobody takes the records", {}, async () => {
    const control = gateway.control.ready.control_ops;
    const burst = async () => {
      const { report } = await startLoad(gateway.baseURL, ["--connections", "4", "--rate", "400", "--duration", "2"]).result;
      assert.equal(report.failed, 0, JSON.stringify(report.errors));
      return report;
    };
    const stats = async () => {
      const metrics = await metricsOf(gateway.proxy.ready.proxy_ops);
      return { asked: metrics.value("smartroute_requests_total"), dropped: metrics.value("smartroute_log_dropped_total") };
    };
    const stored = async () => (await metricsOf(control)).value("smartroute_records_stored_total");
    const open = await burst();
    process.kill(gateway.control.pid, "SIGSTOP");
    const blocked = await burst().finally(() => process.kill(gateway.control.pid, "SIGCONT"));
    const { asked, dropped } = await stats();
    await until("every record is stored or counted as dropped", async () => (await stored()) + dropped === asked, 20_000);
    const p99 = ({ latency_us }) => ms(latency_us.p99 / 1_000);
    return `${asked} requests = ${await stored()} stored + ${dropped} dropped; p99 ${p99(open)}, ${p99(blocked)} while blocked`;
  });
});

notHere("D13", "one worker blocked for 2 s", "nothing in the product can block a worker on purpose, and stopping one thread from outside takes a debugger; each worker has its own io_context, its own listener and its own pools");
