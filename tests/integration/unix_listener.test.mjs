// The proxy on a Unix socket: whom a sidecar serves without a port.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { Agent, request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after } from "node:test";

import { ask, binary, eventsOf, metricsOf, plainConfig, run, until, useGateway } from "./lib/world.mjs";

const folder = mkdtempSync(join(tmpdir(), "smartroute-unix-"));
const socket = join(folder, "proxy.sock");
const gateway = useGateway({ config: ({ mock }) => plainConfig(mock.baseURL, { limits: { drain_accept: "200ms" } }), proxyArgs: ["--listen", `unix:${socket}`] });
after(() => rmSync(folder, { recursive: true, force: true }));

const curl = (...args) => run("curl", ["-sS", "--unix-socket", socket, "-H", "content-type: application/json", ...args]);
const url = "http://localhost/v1/chat/completions";
// A proxy of its own that does not get as far as serving.
const refused = (...args) => run(binary("smartroute-proxy"), ["--ops", "127.0.0.1:0", "--control", `unix:${folder}/none.sock`, ...args], { timeout: 10_000 });

test("names every place in its ready file, and gives the socket to its owner and group", () => {
  const { listen, listeners } = gateway.proxy.ready;
  assert.match(listen, /^127\.0\.0\.1:\d+$/);
  assert.deepEqual(listeners, [listen, `unix:${socket}`]);
  assert.equal(statSync(socket).mode & 0o777, 0o660);
  assert.match(gateway.proxy.log, new RegExp(`listening on ${listen}, unix:${socket} with`));
});

test("serves curl, whole and streamed, and logs the caller as unix", async () => {
  const whole = curl(url, "-d", ask());
  assert.equal(JSON.parse(whole.stdout).object, "chat.completion", whole.stderr);
  const streamed = curl("-N", url, "-d", ask({ stream: true }));
  assert.equal(eventsOf(streamed.stdout).at(-1), "[DONE]");
  const record = await until("its record", async () => {
    const { records = [] } = await gateway.control.call("LogService/ListRecords", { pageSize: 10 });
    return records.find((one) => one.clientAddress === "unix");
  });
  assert.ok(record, "a caller without an address is this machine, and needs no key");
});

test("keeps a connection for several requests", async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const sockets = new Set();
  for (let i = 0; i < 3; ++i) {
    const body = await new Promise((resolve, reject) => {
      const call = request({ socketPath: socket, path: "/v1/models", agent }, (answer) => {
        sockets.add(answer.socket);
        let text = "";
        answer.setEncoding("utf8").on("data", (data) => (text += data));
        answer.on("end", () => resolve(text));
      });
      call.on("error", reject);
      call.end();
    });
    assert.equal(JSON.parse(body).object, "list");
  }
  agent.destroy();
  assert.equal(sockets.size, 1);
});

test("a client that does not read holds up nobody and no memory", async () => {
  const body = ask({ stream: true, messages: [{ role: "user", content: '[[mock: {"events": 20000}]]' }] });
  const client = connect(socket);
  client.pause();
  client.write(`POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  assert.equal(curl("-o", "/dev/null", "-w", "%{http_code}", url, "-d", ask()).stdout, "200");
  let got = "";
  client.setEncoding("utf8").on("data", (data) => (got += data)).resume();
  await until("all of it comes once it reads", () => got.includes("data: [DONE]"));
  client.destroy();
});

test("a place that is taken is refused with one sentence", () => {
  const second = refused("--listen", `unix:${socket}`);
  assert.deepEqual([second.status, second.stderr.includes(`cannot listen on unix:${socket}: another process listens there`)], [1, true], second.stderr);
  const long = `unix:${folder}/${"x".repeat(120)}`;
  const tooLong = refused("--listen", long);
  assert.deepEqual([tooLong.status, /--listen: the socket path .* is longer than 107 bytes/.test(tooLong.stderr)], [1, true], tooLong.stderr);
  const nothing = refused("--listen", "none");
  assert.deepEqual([nothing.status, nothing.stderr.includes("nothing to listen on")], [1, true], nothing.stderr);
  assert.equal(curl("-o", "/dev/null", "-w", "%{http_code}", url, "-d", ask()).stdout, "200", "the first goes on");
});

test("what a killed proxy leaves behind is replaced", async () => {
  await gateway.proxy.kill();
  assert.ok(existsSync(socket));
  await gateway.proxy.start();
  assert.equal(curl("-o", "/dev/null", "-w", "%{http_code}", url, "-d", ask()).stdout, "200");
});

test("at SIGTERM a stream ends whole, and the socket goes before the process", async () => {
  const chunks = [];
  const body = ask({ stream: true, messages: [{ role: "user", content: '[[mock: {"events": 60, "pace_ms": 20}]]' }] });
  const ended = new Promise((resolve, reject) => {
    const call = request({ socketPath: socket, path: "/v1/chat/completions", method: "POST", headers: { "content-type": "application/json" } }, (answer) => {
      answer.on("data", (data) => chunks.push(data)).on("end", () => resolve(answer.complete));
    });
    call.on("error", reject);
    call.end(body);
  });
  await until("the stream has begun", () => chunks.length > 0);
  process.kill(gateway.proxy.pid, "SIGTERM");
  assert.equal(await ended, true);
  assert.equal(eventsOf(Buffer.concat(chunks).toString()).at(-1), "[DONE]");
  assert.deepEqual(await gateway.proxy.ended, { code: 0, signal: null });
  assert.ok(!existsSync(socket));
  await gateway.proxy.start();
  assert.equal((await metricsOf(gateway.proxy.ready.proxy_ops)).value("smartroute_connections_rejected_total"), 0);
});
