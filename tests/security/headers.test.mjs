// What goes to a provider and what comes back from it, header by header. Everything else that a client or a provider says stays where it is.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import test, { after, before } from "node:test";

import { settled } from "../integration/lib/records.mjs";
import { once } from "../integration/lib/raw.mjs";
import { startGateway } from "../integration/lib/world.mjs";

// A provider that keeps heads as they were written, and talks much.
const seen = []; // {url, lines: ["Name: value", ...], body}
let server, gateway, origin, version;
const chatter = {
  "set-cookie": ["a=1; Path=/", "b=2"], server: "provider/9", via: "1.1 provider", "x-powered-by": "secret sauce", "openai-organization": "org-123", "openai-version": "2020-10-01", "openai-processing-ms": "5",
  "x-request-id": "req_of_the_provider", "x-ratelimit-limit-requests": "5", "anthropic-organization-id": "org-9", "cf-ray": "1", "cf-cache-status": "DYNAMIC", "alt-svc": 'h3=":443"', "strict-transport-security": "max-age=1",
  "access-control-allow-origin": "*", "content-security-policy": "default-src *", "x-smartroute-tier": "t9", "x-smartroute-model": "forged", location: "http://elsewhere.example/", "www-authenticate": "Bearer", "proxy-authenticate": "Basic", "keep-alive": "timeout=99", warning: "299 - x", link: "<x>; rel=y", refresh: "0;url=http://x.example/", trailer: "x-later", "content-language": "en", etag: '"1"', "x-stainless-anything": "1",
};
before(async () => {
  server = createServer(async (request, response) => {
    let body = "";
    for await (const piece of request) body += piece;
    const lines = [];
    for (let i = 0; i < request.rawHeaders.length; i += 2) lines.push(`${request.rawHeaders[i]}: ${request.rawHeaders[i + 1]}`);
    seen.push({ url: request.url, method: request.method, lines, body });
    if (request.url.endsWith("/models")) return response.writeHead(200, { "content-type": "application/json" }).end('{"data":[]}');
    const { stream, model } = JSON.parse(body);
    if (stream) {
      response.writeHead(200, { ...chatter, "content-type": "text/event-stream; charset=utf-8" });
      response.write(`data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", created: 1, model, choices: [{ index: 0, delta: { content: "t2" }, finish_reason: "stop" }] })}\n\n`);
      return response.end("data: [DONE]\n\n");
    }
    const status = model === "refuses" ? 400 : 200;
    response.writeHead(status, { ...chatter, "content-type": "application/json" });
    response.end(status === 400 ? JSON.stringify({ error: { message: "no", type: "invalid_request_error" } }) : JSON.stringify({ id: "c", object: "chat.completion", created: 1, model, choices: [{ index: 0, message: { role: "assistant", content: "t2" }, finish_reason: "stop" }], usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 } }));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `127.0.0.1:${server.address().port}`;
  gateway = await startGateway({
    mocks: [],
    config: {
      gateway: { keys: [{ name: "web", key: "gateway-key-of-the-web-team" }] },
      providers: [
        { id: "plain", protocol: "openai", base_url: `http://${origin}/v1`, api_key: "k-plain-0001" },
        { id: "keyless", protocol: "openai", base_url: `http://${origin}/keyless/v1` },
        { id: "more", protocol: "openai", base_url: `http://${origin}/more/v1`, api_key: "k-more-0001", headers: { "openai-organization": "org-mine", "X-Title": "Ours" } },
      ],
      tiers: { t1: { models: ["plain/m"] }, t2: { models: ["plain/m"] }, t3: { models: ["plain/m"] } },
      router: { mode: "llm", default_tier: "t1", llm: { base_url: `http://${origin}/judge/v1`, model: "judge", api_key: "k-judge-0001" } },
    },
  });
  ({ version } = await gateway.control.call("AboutService/GetAbout"));
});
after(async () => {
  await gateway?.stop();
  server?.closeAllConnections();
  server?.close();
});

// What no provider is to see, on top of what every request has.
const hostile = [
  "Cookie: session=1", "Cookie2: x", "X-Api-Key: gateway-key-of-the-web-team", "Proxy-Authorization: Basic eDp5", "Forwarded: for=10.0.0.1;host=inner", "X-Forwarded-For: 10.0.0.1", "X-Forwarded-Host: inner.corp", "X-Forwarded-Proto: http",
  "X-Forwarded-Port: 1", "X-Real-IP: 10.0.0.1", "True-Client-IP: 10.0.0.1", "CF-Connecting-IP: 10.0.0.1", "Via: 1.1 inner", "Max-Forwards: 3", "TE: trailers", "Keep-Alive: timeout=5",
  "Upgrade-Insecure-Requests: 1", "OpenAI-Organization: org-of-the-client", "OpenAI-Project: proj-of-the-client", "X-Smartroute-Guarantee: buffered", "X-Smartroute-Tier: t3", "X-Smartroute-Anything: 1", "X-Stainless-Lang: js", "X-Stainless-Read-Timeout: 600",
  "User-Agent: OpenAI/JS 9", "Referer: http://inner.corp/wiki", "Origin: http://inner.corp", "Accept-Language: zh-CN", "DNT: 1", "X-Session-Id: s-1", "X-Conversation-Id: c-1", "X-Custom: anything", "Range: bytes=0-1", "If-None-Match: x", "Idempotency-Key: i-1",
  "HTTP-Referer: http://inner.corp", "X-Title: theirs", "X-Amz-Security-Token: t", "Sec-Fetch-Mode: cors", "baggage: user=alice", "b3: 1-2-1", "x-cloud-trace-context: 1/2;o=1",
];
const passed = ["traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "tracestate: rojo=1", "OpenAI-Beta: assistants=v2", "anthropic-version: 2023-06-01", "anthropic-beta: x-1"];

let sent = 0; // requests of all tests

// A request with `lines`, byte for byte; {status, headers as [name, value]}.
async function send(fields, lines = [], authorization = "Bearer gateway-key-of-the-web-team") {
  seen.length = 0;
  ++sent;
  const body = JSON.stringify({ messages: [{ role: "user", content: "hi" }], ...fields });
  const head = ["POST /v1/chat/completions HTTP/1.1", "Host: gateway.corp", `Authorization: ${authorization}`, "Content-Type: application/json", `Content-Length: ${Buffer.byteLength(body)}`, ...lines, "Connection: close"];
  const { status, headers } = await once(gateway.proxy.ready.listen, Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n\r\n`, "latin1"), Buffer.from(body)]));
  return { status, headers: [...headers] };
}
const withoutIds = (lines) => lines.map((line) => line.replace(/^(X-Request-Id): .*/, "$1: ID").replace(/^(Content-Length): .*/, "$1: N")).sort();
const always = (accept, ...more) => [`Host: ${origin}`, "Content-Type: application/json", "Accept-Encoding: identity", `User-Agent: SmartRoute/${version}`, `Accept: ${accept}`, "X-Request-Id: ID", "Content-Length: N", ...more].sort();

test("a provider is sent these headers and no other", async () => {
  const rows = [
    ["plain", "application/json", {}, ["Authorization: Bearer k-plain-0001"]],
    ["plain", "text/event-stream", { stream: true }, ["Authorization: Bearer k-plain-0001"]],
    ["keyless", "application/json", {}, []],
    ["more", "application/json", {}, ["Authorization: Bearer k-more-0001", "openai-organization: org-mine", "X-Title: Ours"]],
  ];
  for (const [provider, accept, fields, more] of rows) {
    const { status } = await send({ model: `${provider}/m`, ...fields }, hostile);
    assert.equal(status, 200, provider);
    assert.equal(seen.length, 1);
    assert.deepEqual(withoutIds(seen[0].lines), always(accept, ...more), `${provider} ${accept}`);
  }
});

test("of a client's headers five go on, with their values as they are", async () => {
  assert.equal((await send({ model: "plain/m" }, [...hostile, ...passed])).status, 200);
  const lower = (line) => line.replace(/^[^:]+/, (name) => name.toLowerCase());
  assert.deepEqual(withoutIds(seen[0].lines).map(lower).sort(), always("application/json", "Authorization: Bearer k-plain-0001", ...passed).map(lower).sort());
});

test("a judge is sent nothing of the client's", async () => {
  assert.equal((await send({ model: "auto", messages: [{ role: "user", content: "is this hard?" }] }, [...hostile, ...passed])).status, 200);
  const judge = seen.find(({ url }) => url.startsWith("/judge/"));
  assert.deepEqual(withoutIds(judge.lines), always("application/json", "Authorization: Bearer k-judge-0001"));
});

test("a test of a provider sends its key and its own headers", async () => {
  seen.length = 0;
  const answer = await gateway.control.call("ProviderService/TestProvider", { provider: "more" });
  assert.equal(answer.ok, true, answer.message);
  const names = seen[0].lines.map((line) => line.split(":")[0].toLowerCase()).sort();
  assert.deepEqual(names, ["accept", "authorization", "host", "openai-organization", "user-agent", "x-title"], seen[0].lines.join("\n"));
  assert.ok(seen[0].lines.some((line) => /^authorization: Bearer k-more-0001$/i.test(line)));
});

test("of a provider's headers the content type comes back, and no other", async () => {
  const own = ["connection", "content-type", "x-request-id", "x-smartroute-attempts", "x-smartroute-model", "x-smartroute-overhead-us", "x-smartroute-provider", "x-smartroute-tier-reason"];
  const rows = [
    [{ model: "plain/m" }, 200, ["content-length"]],
    [{ model: "plain/m", stream: true }, 200, ["transfer-encoding"]],
    [{ model: "plain/refuses" }, 400, ["content-length"]],
    [{ model: "auto", messages: [{ role: "user", content: "which tier?" }] }, 200, ["content-length", "x-smartroute-tier"]],
  ];
  for (const [fields, status, more] of rows) {
    const answer = await send(fields);
    assert.equal(answer.status, status);
    const names = [...new Set(answer.headers.map(([name]) => name.toLowerCase()))].filter((name) => !["x-should-retry", "cache-control", "x-accel-buffering"].includes(name));
    assert.deepEqual(names.sort(), [...own, ...more].sort(), JSON.stringify(fields));
    const text = JSON.stringify(answer.headers);
    for (const word of ["org-123", "org-9", "a=1", "b=2", "provider/9", "secret sauce", "req_of_the_provider", "forged", "elsewhere", "t9"]) assert.ok(!text.includes(word), word);
  }
});

// Values that would begin a line of their own, colour a terminal, or end one for some readers.
test("a request is a record and a line, whatever stands in its names", async () => {
  const nasty = ["a\r\nHTTP/1.1 200 OK", "b\n{\"level\":\"error\"}", "c\u001b[31mred\u001b[0m", "d\u2028next", "e\u2029para", "f\u0085nel", "g\u0000nul", "h\u007fdel", "i\u202eevil", "j\u009b31m", "k\ttab", "l\"quote\\", "m'; DROP TABLE--", "=cmd|' /C calc'!A0"];
  const lines = gateway.proxy.log.split("\n").length;
  for (const name of nasty) {
    for (const fields of [{ model: name }, { model: `plain/${name}` }, { model: "plain/m", user: name, messages: [{ role: "user", content: name, name: "x" }] }]) await send(fields);
    const header = name.replace(/[\r\n\0]/g, "").normalize();
    await send({ model: "plain/m" }, [`User-Agent: ${Buffer.from(header).toString("latin1")}`]);
  }
  const all = await settled(gateway, sent);
  assert.equal(new Set(all.map(({ requestId }) => requestId)).size, all.length);
  const control = /[\u0000-\u0008\u000b-\u001f\u007f\u0080-\u009f\u2028\u2029]/;
  const get = async (query) => (await fetch(`http://${gateway.control.ready.admin}/admin/v1/logs/export?${query}`, { headers: { authorization: `Bearer ${gateway.control.token}` } })).text();
  const exported = (await get("format=jsonl")).trimEnd().split("\n");
  assert.equal(exported.length, all.length, "a record is a line");
  for (const line of exported) JSON.parse(line);
  for (const child of gateway.children) {
    for (const line of child.log.split("\n")) assert.doesNotMatch(line, control, `${child.name}: ${JSON.stringify(line)}`);
    for (const line of child.log.trimEnd().split("\n").filter((line) => line.startsWith("{"))) JSON.parse(line);
  }
  assert.ok(gateway.proxy.log.split("\n").length - lines <= sent, "no line of a client's making");
});
