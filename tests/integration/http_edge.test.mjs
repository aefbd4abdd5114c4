// What strangers send to the running proxy, byte by byte. Nothing doubtful may reach a provider.
import assert from "node:assert/strict";
import { networkInterfaces } from "node:os";
import test from "node:test";

import { RawClient, chat, once } from "./lib/raw.mjs";
import { Proxy, metricsOf, plainConfig, until, useGateway } from "./lib/world.mjs";

const limits = { header_timeout: "1s", body_idle_timeout: "1s", body_rate_grace: "500ms", max_body_bytes: 1048576, keep_alive_timeout: "2s" };
const config = ({ mock }, more) => plainConfig(mock.baseURL, { limits, ...more });
const gateway = useGateway({ config });
const address = () => gateway.proxy.ready.listen;
const reached = async () => (await gateway.mocks.mock.stats()).total;

const smuggled = "GET /smuggled HTTP/1.1\r\nHost: evil\r\n\r\n";
const post = (lines, body = "") => `POST /v1/chat/completions HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/json\r\n${lines}\r\n${body}`;
const get = (line, headers = "Host: gateway\r\n") => `${line}\r\n${headers}\r\n`;
const json = '{"model":"auto","messages":[{"role":"user","content":"hi"}]}';
const chunked = (data) => `${data.length.toString(16)}\r\n${data}\r\n0\r\n\r\n`;

// [name, bytes, status]
const hostile = [
  ["length and coding", post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", chunked(json) + smuggled), 400],
  ["coding and length", post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", chunked(json) + smuggled), 400],
  ["coding twice", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", chunked(json)), 400],
  ["coding list", post("Transfer-Encoding: gzip, chunked\r\n", chunked(json)), 400],
  ["coding with comma in front", post("Transfer-Encoding: ,chunked\r\n", chunked(json)), 400],
  ["coding with comma behind", post("Transfer-Encoding: chunked,\r\n", chunked(json)), 400],
  ["coding quoted", post('Transfer-Encoding: "chunked"\r\n', chunked(json)), 400],
  ["coding with parameter", post("Transfer-Encoding: chunked;q=1\r\n", chunked(json)), 400],
  ["coding with vertical tab", post("Transfer-Encoding: \x0bchunked\r\n", chunked(json)), 400],
  ["coding with NUL", post("Transfer-Encoding: chunked\0\r\n", chunked(json)), 400],
  ["coding with 0xff", post("Transfer-Encoding: chunked\xff\r\n", chunked(json)), 400],
  ["coding with NBSP and length", post("Transfer-Encoding: \xa0chunked\r\nContent-Length: 5\r\n", json), 400],
  ["coding folded", post("Transfer-Encoding:\r\n chunked\r\n", chunked(json)), 400],
  ["coding with space before the colon", post("Transfer-Encoding : chunked\r\n", chunked(json)), 400],
  ["coding gzip", post("Transfer-Encoding: gzip\r\n", json), 501],
  ["coding xchunked", post("Transfer-Encoding: xchunked\r\n", chunked(json)), 501],
  ["coding identity", post("Transfer-Encoding: identity\r\n", json), 501],
  ["coding on HTTP/1.0", `POST /v1/chat/completions HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${chunked(json)}`, 400],
  ["twin of the coding", post("Transfer_Encoding: chunked\r\n", chunked(json)), 400],
  ["twin of the length", post("Content_Length: 5\r\n", json), 400],
  ["length empty", post("Content-Length:\r\n", json), 400],
  ["length with plus", post("Content-Length: +5\r\n", json), 400],
  ["length negative", post("Content-Length: -48\r\n", json), 400],
  ["length hex", post("Content-Length: 0x5\r\n", json), 400],
  ["length with underscore", post("Content-Length: 1_0\r\n", json), 400],
  ["length with zeros in front", post("Content-Length: 005\r\n", json), 400],
  ["length with letter", post("Content-Length: 1Z\r\n", json), 400],
  ["length list", post("Content-Length: 5, 5\r\n", json), 400],
  ["length twice", post("Content-Length: 5\r\nContent-Length: 5\r\n", json), 400],
  ["length twice, different", post("Content-Length: 5\r\nContent-Length: 60\r\n", json + smuggled), 400],
  ["length 2^64", post("Content-Length: 18446744073709551616\r\n", json), 400],
  ["HTTP/0.9", "GET /v1/models\r\n\r\n", 400],
  ["HTTP/1.2", get("GET /v1/models HTTP/1.2"), 505],
  ["HTTP/2.0", get("GET /v1/models HTTP/2.0"), 505],
  ["HTTP/9.9", get("GET /v1/models HTTP/9.9"), 505],
  ["HTTP/1.32", get("GET /v1/models HTTP/1.32"), 400],
  ["HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505],
  ["no Host", get("GET /v1/models HTTP/1.1", "Accept: */*\r\n"), 400],
  ["Host twice", get("GET /v1/models HTTP/1.1", "Host: a\r\nHost: b\r\n"), 400],
  ["Host with user", get("GET /v1/models HTTP/1.1", "Host: me@a\r\n"), 400],
  ["URI and Host differ", get("GET http://evil/v1/models HTTP/1.1"), 400],
  ["Authorization twice", get("GET /v1/models HTTP/1.1", "Host: a\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b\r\n"), 400],
  ["header folded", get("GET /v1/models HTTP/1.1", "Host: a\r\nX: a\r\n b\r\n"), 400],
  ["header without colon", get("GET /v1/models HTTP/1.1", "Host: a\r\nNonsense\r\n"), 400],
  ["header name with space", get("GET /v1/models HTTP/1.1", "Host: a\r\nBad Name: x\r\n"), 400],
  ["header value with NUL", get("GET /v1/models HTTP/1.1", "Host: a\r\nX: a\0b\r\n"), 400],
  ["header value with bare LF", get("GET /v1/models HTTP/1.1", "Host: a\r\nX: a\nY: b\r\n"), 400],
  ["header value with bare CR", get("GET /v1/models HTTP/1.1", "Host: a\r\nX: a\rb\r\n"), 400],
  ["lines that end with LF", "GET /v1/models HTTP/1.1\nHost: a\n\n\r\n\r\n", 400],
  ["dot dot", get("GET /v1/../v1/models HTTP/1.1"), 400],
  ["%2e%2e", get("GET /v1/%2e%2e/v1/models HTTP/1.1"), 400],
  ["%00", get("GET /v1/models/%00 HTTP/1.1"), 400],
  ["%0d%0a", get("GET /v1/models/x%0d%0aX:y HTTP/1.1"), 400],
  ["two slashes", get("GET //v1/models HTTP/1.1"), 400],
  ["fragment", get("GET /v1/models#x HTTP/1.1"), 400],
  ["control byte in the target", get("GET /v1/\x01models HTTP/1.1"), 400],
  ["TRACE", get("TRACE /v1/models HTTP/1.1"), 405],
  ["CONNECT", get("CONNECT a:443 HTTP/1.1"), 405],
  ["unknown method", get("BREW /v1/models HTTP/1.1"), 405],
  ["lower-case method", get("get /v1/models HTTP/1.1"), 400],
  ["body on GET", get("GET /v1/models HTTP/1.1", "Host: a\r\nContent-Length: 5\r\n"), 400],
  ["unknown expectation", post("Content-Length: 5\r\nExpect: gold\r\n"), 417],
  ["target of 9 KiB", get(`GET /v1/models/${"x".repeat(9 * 1024)} HTTP/1.1`), 414],
  ["target of 1 MiB", get(`GET /v1/models/${"x".repeat(1024 * 1024)} HTTP/1.1`), 414],
  ["101 headers", get("GET /v1/models HTTP/1.1", `Host: a\r\n${"X: y\r\n".repeat(100)}`), 431],
  ["100,000 headers", get("GET /v1/models HTTP/1.1", `Host: a\r\n${"X: y\r\n".repeat(100_000)}`), 431],
  ["head of 17 KiB", get("GET /v1/models HTTP/1.1", `Host: a\r\nX: ${"y".repeat(17 * 1024)}\r\n`), 431],
  ["chunk size with sign", post("Transfer-Encoding: chunked\r\n", `+5\r\nhello\r\n0\r\n\r\n`), 400],
  ["chunk size with 0x", post("Transfer-Encoding: chunked\r\n", `0x5\r\nhello\r\n0\r\n\r\n`), 400],
  ["chunk size empty", post("Transfer-Encoding: chunked\r\n", `\r\nhello\r\n0\r\n\r\n`), 400],
  ["chunk size of 17 digits", post("Transfer-Encoding: chunked\r\n", `00000000000000005\r\nhello\r\n0\r\n\r\n`), 400],
  ["chunk that ends with LF", post("Transfer-Encoding: chunked\r\n", `5\r\nhello\n0\r\n\r\n`), 400],
  ["chunk longer than it says", post("Transfer-Encoding: chunked\r\n", `5\r\nhelloworld\r\n0\r\n\r\n`), 400],
  ["bare LF in a quoted chunk extension", post("Transfer-Encoding: chunked\r\n", `5;a="\n"\r\nhello\r\n0\r\n\r\n`), 400],
  ["chunk extension without end", post("Transfer-Encoding: chunked\r\n", `5;${"a".repeat(1024 * 1024)}`), 400],
  ["trailer that plays a header", post("Transfer-Encoding: chunked\r\n", `${json.length.toString(16)}\r\n${json}\r\n0\r\nAuthorization: Bearer x\r\n\r\n`), 400],
  ["compressed body", post("Content-Encoding: gzip\r\nContent-Length: 5\r\n", "hello"), 415],
];

test("every hostile request gets its status and a closed connection, and none reaches the provider", async (t) => {
  const before = await reached();
  assert.ok(hostile.length >= 40);
  for (const [name, bytes, status] of hostile) {
    await t.test(name, async () => {
      const answer = await once(address(), bytes);
      assert.equal(answer.status, status, answer.body.toString());
      assert.equal(answer.headers.get("connection"), "close");
      assert.equal(answer.end, "fin", "the answer must not be destroyed by a reset");
      assert.equal(answer.surplus, "", "one answer only: what stood behind the request must not be answered");
      const { error } = JSON.parse(answer.body);
      assert.equal(typeof error.message, "string");
      assert.ok(answer.headers.get("x-request-id"));
    });
  }
  assert.equal(await reached(), before);
});

test("hostile heads are counted by kind, and so is every request that was refused", async () => {
  const metrics = await metricsOf(gateway.proxy.ready.proxy_ops);
  assert.ok(metrics.value("smartroute_heads_rejected_total", { kind: "bad_request" }) >= 40);
  assert.equal(metrics.value("smartroute_request_endings_total"), metrics.value("smartroute_requests_total"));
  assert.equal(metrics.value("smartroute_inflight_requests"), 0);
  assert.equal(metrics.value("smartroute_inflight_body_bytes"), 0);
});

test("pipelined requests are answered in their order on one connection", async () => {
  const client = await RawClient.open(address());
  const names = Array.from({ length: 20 }, (_, i) => `pipelined-${i}`);
  client.write(names.map((name) => chat({ messages: [{ role: "user", content: name }] })).join(""));
  for (const name of names) {
    const answer = await client.response();
    assert.equal(answer.status, 200);
    assert.match(answer.body.toString(), new RegExp(`You said: ${name}"`));
  }
  client.close();
});

test("a pipelined stream is whole before the next answer begins", async () => {
  const client = await RawClient.open(address());
  client.write(chat({ stream: true }) + chat({ messages: [{ role: "user", content: "second" }] }));
  const stream = await client.response();
  assert.match(stream.body.toString(), /data: \[DONE\]\n\n$/);
  assert.ok(stream.whole);
  assert.match((await client.response()).body.toString(), /You said: second/);
  client.close();
});

test("a request in single bytes is served", async () => {
  const client = await RawClient.open(address());
  for (const byte of chat()) {
    client.write(byte);
    await new Promise(setImmediate);
  }
  assert.equal((await client.response()).status, 200);
  client.close();
});

test("a head that never ends is answered 408 at the header deadline", async () => {
  const client = await RawClient.open(address());
  const begun = performance.now();
  client.write("POST /v1/chat/completions HTTP/1.1\r\nHost: gateway\r\n");
  const drip = setInterval(() => client.write("X"), 100);
  const answer = await client.response().finally(() => clearInterval(drip));
  assert.equal(answer.status, 408);
  assert.equal(answer.headers.get("connection"), "close");
  assert.ok(performance.now() - begun >= 900, "bytes that drip must not move the deadline, and it must not come early");
  client.close();
});

test("a body that stops coming is answered 408", async () => {
  const client = await RawClient.open(address());
  client.write(post("Content-Length: 100\r\n", "{"));
  const answer = await client.response();
  assert.equal(answer.status, 408);
  assert.equal(JSON.parse(answer.body).error.code, "request_timeout");
  client.close();
});

test("a body that drips, never idle and never done, is answered 408", async () => {
  const client = await RawClient.open(address());
  client.write(post("Content-Length: 1000\r\n", "{"));
  const drip = setInterval(() => client.write(" "), 50);
  const answer = await client.response().finally(() => clearInterval(drip));
  assert.equal(answer.status, 408);
  assert.equal(answer.headers.get("connection"), "close");
  client.close();
});

test("a connection that stays silent is closed without a word", async () => {
  const client = await RawClient.open(address());
  assert.equal(await client.ended(), "fin");
  assert.equal(client.bytes.length, 0);
  client.close();
});

test("a declared body over the limit is answered 413, readable while the client is still sending", async () => {
  for (let i = 0; i < 20; ++i) {
    const client = await RawClient.open(address());
    client.write(post("Content-Length: 1048577\r\n")).write(Buffer.alloc(1048577, 120));
    const answer = await client.response();
    assert.equal(answer.status, 413);
    assert.equal(JSON.parse(answer.body).error.code, "request_too_large");
    assert.equal(await client.ended(), "fin");
    client.close();
  }
});

test("a chunked body over the limit is answered 413", async () => {
  const client = await RawClient.open(address());
  client.write(post("Transfer-Encoding: chunked\r\n"));
  const chunk = Buffer.concat([Buffer.from("10000\r\n"), Buffer.alloc(65536, 120), Buffer.from("\r\n")]);
  for (let i = 0; i < 17; ++i) client.write(chunk);
  const answer = await client.response();
  assert.equal(answer.status, 413);
  assert.equal(await client.ended(), "fin");
  client.close();
});

test("a client that has said all and closed its side still gets the whole answer", async () => {
  for (let i = 0; i < 20; ++i) {
    const client = await RawClient.open(address());
    const stream = i % 2 === 0;
    client.write(chat({ stream, messages: [{ role: "user", content: '[[mock: {"latency_ms": 100, "events": 5, "pace_ms": 10}]]' }] })).halfClose();
    let answer = await client.response();
    while (answer.status === 100) answer = await client.response(); // the proxy asks whether anybody is there
    assert.equal(answer.status, 200);
    assert.ok(answer.whole);
    if (stream) assert.match(answer.body.toString(), /data: \[DONE\]\n\n$/);
    client.close();
  }
});

test("Expect: 100-continue is answered before the body, once", async () => {
  const client = await RawClient.open(address());
  client.write(post(`Content-Length: ${json.length}\r\nExpect: 100-continue\r\n`));
  assert.equal((await client.head()).status, 100);
  client.write(json);
  assert.equal((await client.response()).status, 200);
  // With the body already on its way there is nothing to wait for, and the connection stays in step.
  client.write(post(`Content-Length: ${json.length}\r\nExpect: 100-continue\r\n`, json));
  const early = await client.head();
  if (early.status === 100) assert.equal((await client.response()).status, 200);
  else {
    assert.equal(early.status, 200);
    await client.received(Number(early.headers.get("content-length")));
    client.bytes = client.bytes.subarray(Number(early.headers.get("content-length")));
  }
  client.write(chat());
  assert.equal((await client.response()).status, 200);
  client.close();
});

test("a chunked request body arrives whole, in any split, and the connection serves on", async () => {
  const client = await RawClient.open(address());
  const text = "split-ü-".repeat(50);
  const body = Buffer.from(JSON.stringify({ model: "auto", messages: [{ role: "user", content: text }] }));
  for (const size of [1, 2, 7, 64, 1000]) {
    await gateway.mocks.mock.clear();
    const chunks = [];
    for (let at = 0; at < body.length; at += size) {
      const part = body.subarray(at, at + size);
      chunks.push(Buffer.from(`${part.length.toString(16)}${at < 40 ? ";n=1" : ""}\r\n`), part, Buffer.from("\r\n"));
    }
    client.write(post("Transfer-Encoding: chunked\r\n")).write(Buffer.concat([...chunks, Buffer.from("0\r\n\r\n")]));
    assert.equal((await client.response()).status, 200);
    const [seen] = await gateway.mocks.mock.requests();
    assert.equal(JSON.parse(seen.body).messages[0].content, text);
    const framing = seen.headers.map(([name]) => name.toLowerCase()).filter((name) => ["content-length", "transfer-encoding"].includes(name));
    assert.deepEqual(framing, ["content-length"]);
  }
  client.close();
});

test("an HTTP/1.0 client gets plain and streamed answers that end with the connection", async () => {
  for (const stream of [false, true]) {
    const body = JSON.stringify({ model: "auto", stream, messages: [{ role: "user", content: "hi" }] });
    const answer = await once(address(), `POST /v1/chat/completions HTTP/1.0\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.has("transfer-encoding"), false);
    assert.equal(answer.headers.get("connection"), "close");
    assert.equal(answer.end ?? "fin", "fin");
    if (stream) assert.match(answer.body.toString(), /data: \[DONE\]\n\n$/);
    else assert.equal(JSON.parse(answer.body).object, "chat.completion");
  }
});

test("the client's credentials, cookies and hop-by-hop headers end at the gateway", async () => {
  await gateway.mocks.mock.clear();
  const lines = ["Authorization: Bearer sk-client", "Cookie: a=b", "X-Forwarded-For: 1.2.3.4", "Proxy-Authorization: x", "X-Mock-Script: {}", "TE: trailers", "Connection: keep-alive, TE"];
  assert.equal((await once(address(), chat({}, lines))).status, 200);
  const [seen] = await gateway.mocks.mock.requests();
  const headers = Object.fromEntries(seen.headers.map(([name, value]) => [name.toLowerCase(), value]));
  assert.equal(headers.authorization, "Bearer sk-upstream-0001");
  for (const name of ["cookie", "x-forwarded-for", "proxy-authorization", "x-mock-script", "te", "connection"]) assert.equal(headers[name], undefined, name);
});

test("with gateway keys, a key is taken from any of the three headers and asked for before the body is read", async () => {
  await gateway.setConfig((mocks) => config(mocks, { gateway: { api_keys: ["sk-gateway-one", "sk-gateway-two"] } }));
  const before = await reached();
  for (const line of ["Authorization: Bearer sk-gateway-one", "authorization: bearer sk-gateway-two", "x-api-key: sk-gateway-two", "api-key: sk-gateway-one"])
    assert.equal((await once(address(), chat({}, [line]))).status, 200, line);
  assert.equal(await reached(), before + 4);
  for (const line of ["X-None: 1", "Authorization: Bearer sk-gateway-on", "Authorization: Bearer sk-gateway-onee", "Authorization: Basic sk-gateway-one", "Authorization: sk-gateway-one", "api-key:", "x-api-key: SK-GATEWAY-ONE"]) {
    const client = await RawClient.open(address());
    // No byte of the promised body is ever sent.
    client.write(post(`Content-Length: 1000\r\n${line}\r\n`));
    const answer = await client.response();
    assert.equal(answer.status, 401, line);
    assert.equal(JSON.parse(answer.body).error.code, "invalid_api_key");
    assert.equal(answer.headers.get("x-should-retry"), "false");
    assert.doesNotMatch(answer.body.toString(), /sk-gateway/);
    client.close();
  }
  assert.equal((await once(address(), get("GET /v1/models HTTP/1.1"))).status, 401);
  assert.equal(await reached(), before + 4);
  await gateway.setConfig(config);
  assert.equal((await once(address(), chat())).status, 200, "without keys, loopback may call again");
});

const outside = Object.values(networkInterfaces()).flat().find((face) => face.family === "IPv4" && !face.internal)?.address;

test("without gateway keys nobody but this machine is served", { skip: !outside && "this machine has no address but loopback" }, async () => {
  const proxy = new Proxy(gateway.folder, "proxy-open", () => gateway.control.ready.grpc, { listen: "0.0.0.0:0" });
  await proxy.start();
  try {
    const port = proxy.ready.listen.split(":").at(-1);
    assert.equal((await once(`127.0.0.1:${port}`, chat())).status, 200);
    const before = await reached();
    const answer = await once(`${outside}:${port}`, chat());
    assert.equal(answer.status, 401);
    assert.equal(await reached(), before);
  } finally {
    assert.equal((await proxy.stop()).code, 0);
  }
});

test("after all of this no connection and no request is left behind", async () => {
  await until("all connections are closed", async () => (await metricsOf(gateway.proxy.ready.proxy_ops)).value("smartroute_connections") === 0);
  const metrics = await metricsOf(gateway.proxy.ready.proxy_ops);
  assert.equal(metrics.value("smartroute_inflight_requests"), 0);
  assert.equal(metrics.value("smartroute_inflight_body_bytes"), 0);
});
