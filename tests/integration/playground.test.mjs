// The playground: what the dashboard asks goes through a data plane, and comes back as it comes.
import assert from "node:assert/strict";
import test, { after, before, describe } from "node:test";

import { RawClient } from "./lib/raw.mjs";
import { recordsOf } from "./lib/records.mjs";
import { Gateway, Proxy, ask, byteProvider, chatFetch, filesBelow, plainConfig, until } from "./lib/world.mjs";

const event = (content) => `data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", created: 1, model: "m", choices: [{ index: 0, delta: { content } }] })}\n\n`;
const chunk = (text) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
const streamHead = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
const whole = (content) => {
  const body = JSON.stringify({ id: "c", object: "chat.completion", created: 1, model: "m", choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }] });
  return `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
};

// What the provider does with the next requests; each gets its socket.
let act;
let provider;
let gateway;

const play = (fields = {}, { path = "chat/completions", query = "", ...init } = {}) =>
  fetch(`http://${gateway.control.ready.admin}/admin/v1/playground/${path}${query}`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${gateway.control.token}` },
    body: ask(fields),
    ...init,
  });
const errorOf = async (response) => ({ status: response.status, ...(await response.json()).error });

before(async () => {
  provider = await byteProvider((socket, request) => act(socket, request));
  gateway = await new Gateway({ mocks: [], config: plainConfig(provider.baseURL), proxies: 2 }).start();
  await gateway.untilApplied(1);
});
after(async () => {
  provider?.close();
  await gateway?.stop();
});

describe("a gateway without keys", () => {
  test("the second half of a stream is written when the first was read", async () => {
    let firstWasRead;
    const read = new Promise((resolve) => (firstWasRead = resolve));
    act = async (socket) => {
      socket.write(streamHead + chunk(event("first")));
      await read;
      socket.write(chunk(event("second")) + chunk("data: [DONE]\n\n") + "0\r\n\r\n");
    };
    const response = await play({ stream: true });
    assert.equal(response.status, 200);
    assert.match(response.headers.get("content-type"), /^text\/event-stream/);
    assert.equal(response.headers.get("x-smartroute-tier"), "t2");
    assert.equal(response.headers.get("x-smartroute-model"), "mock/medium");
    assert.equal(response.headers.get("x-smartroute-instance"), "proxy-1");
    assert.ok(response.headers.get("x-request-id"));
    let text = "";
    for await (const piece of response.body) {
      text += Buffer.from(piece).toString();
      if (text.includes("first")) firstWasRead();
    }
    assert.match(text, /first[\s\S]*second[\s\S]*\[DONE\]/);
  });

  test("an answer that is no stream comes as it is", async () => {
    act = (socket) => socket.write(whole("hello there"));
    const response = await play();
    assert.equal(response.status, 200);
    assert.equal((await response.json()).choices[0].message.content, "hello there");
  });

  test("who leaves in the middle of a stream takes the provider's connection along", async () => {
    let closed;
    const gone = new Promise((resolve) => (closed = resolve));
    act = (socket) => {
      socket.on("end", closed).on("close", closed);
      socket.write(streamHead + chunk(event("first")));
      return gone;
    };
    const leave = new AbortController();
    const response = await play({ stream: true }, { signal: leave.signal });
    await response.body.getReader().read();
    leave.abort();
    await gone;
  });

  test("who leaves before an answer has begun does, too", async () => {
    let came;
    let closed;
    const arrived = new Promise((resolve) => (came = resolve));
    const gone = new Promise((resolve) => (closed = resolve));
    act = (socket) => {
      socket.on("end", closed).on("close", closed);
      came();
      return gone;
    };
    const leave = new AbortController();
    const asked = play({ stream: true }, { signal: leave.signal }).catch((error) => error.name);
    await arrived;
    leave.abort();
    assert.equal(await asked, "AbortError");
    await gone;
  });

  test("a stream that breaks is broken here, too", async () => {
    act = (socket) => {
      socket.write(streamHead + chunk(event("first")));
      socket.end();
    };
    const client = await RawClient.open(gateway.control.ready.admin);
    const body = ask({ stream: true });
    client.write(`POST /admin/v1/playground/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${gateway.control.token}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    const response = await client.response();
    client.close();
    assert.match(response.body.toString(), /data: \{"error"/);
    assert.doesNotMatch(response.body.toString(), /\[DONE\]/);
    assert.equal(response.whole, false);
  });

  test("the admin API answers while eight of them wait for their models, and a ninth is told so", async () => {
    const waiting = [];
    act = (socket) => new Promise((resolve) => waiting.push(() => (socket.write(whole("at last")), resolve())));
    const asked = Array.from({ length: 8 }, () => play());
    await until("all eight have come to the provider", () => waiting.length === 8);
    assert.ok((await gateway.control.instances()).length === 2);
    assert.deepEqual(await errorOf(await play()).then(({ status, code }) => ({ status, code })), { status: 503, code: "playground_busy" });
    for (const answer of waiting) answer();
    for (const response of await Promise.all(asked)) assert.equal((await response.json()).choices[0].message.content, "at last");
  });

  test("either data plane can be asked for by name", async () => {
    act = (socket) => socket.write(whole("hello"));
    for (const name of ["proxy-1", "proxy-2"]) {
      const response = await play({}, { query: `?instance=${name}` });
      assert.equal(response.status, 200);
      assert.equal(response.headers.get("x-smartroute-instance"), name);
    }
    const { status, code, type } = await errorOf(await play({}, { query: "?instance=nobody" }));
    assert.deepEqual({ status, code, type }, { status: 404, code: "unknown_instance", type: "invalid_request_error" });
  });

  test("models are listed as the data plane lists them", async () => {
    const direct = await (await fetch(`${gateway.baseURL}/models`)).json();
    const played = await play({}, { path: "models", method: "GET", body: undefined });
    assert.equal(played.status, 200);
    assert.deepEqual(await played.json(), direct);
  });

  test("an error of the data plane is passed on word by word", async () => {
    const direct = await chatFetch(gateway.baseURL, { messages: "nonsense" });
    const played = await play({ messages: "nonsense" });
    assert.equal(played.status, direct.status);
    assert.equal(played.status, 400);
    assert.deepEqual(await played.json(), await direct.json());
  });

  test("nobody comes in without a token", async () => {
    const response = await play({}, { headers: { "content-type": "application/json" } });
    assert.equal(response.status, 401);
  });
});

describe("a gateway with keys", () => {
  const keys = { dashboard: "somebody-else-s-dashboard-key-17", web: "the-web-team-s-key-000000042" };
  const isOwn = /srd_[\w-]{43}/;

  before(async () => {
    act = (socket) => socket.write(whole("hello"));
    await gateway.setConfig(plainConfig(provider.baseURL, { gateway: { keys: Object.entries(keys).map(([name, key]) => ({ name, key })) } }));
  });

  test("asks strangers for one, and not the playground", async () => {
    assert.equal((await chatFetch(gateway.baseURL)).status, 401);
    assert.equal((await play()).status, 200);
    for (const key of Object.values(keys)) assert.equal((await chatFetch(gateway.baseURL, {}, { headers: { authorization: `Bearer ${key}` } })).status, 200);
  });

  test("shows the playground's requests under a name of their own", async () => {
    const response = await play();
    assert.equal(response.status, 200);
    await response.text();
    const names = await until("the record is there", async () => {
      const records = await recordsOf(gateway);
      const found = records.map((record) => record.keyName).filter((name) => name?.startsWith("dashboard-"));
      return found.length > 0 && found;
    });
    assert.deepEqual([...new Set(names)], ["dashboard-2"]);
  });

  test("keeps its own key to itself", async () => {
    const newest = await gateway.control.newest();
    const told = [
      await gateway.control.call("ConfigService/GetConfig"),
      await gateway.control.call("ConfigService/ListRevisions"),
      await gateway.control.call("ConfigService/DiffRevisions", { from: "1", to: String(newest) }),
      await gateway.control.call("FleetService/ListInstances"),
      gateway.logs(),
    ];
    for (const one of told) {
      assert.doesNotMatch(JSON.stringify(one), isOwn);
      assert.doesNotMatch(JSON.stringify(one), /dashboard-2/);
    }
    for (const [path, bytes] of filesBelow(gateway.control.state)) assert.doesNotMatch(bytes.toString("latin1"), isOwn, path);
  });

  test("is pushed the same bytes by a control plane that comes back", async () => {
    const applied = () => gateway.proxies.map((proxy) => proxy.log.split("\n").filter((line) => /configuration revision \d+ applied/.test(line)).length);
    const before = applied();
    const newest = await gateway.control.newest();
    await gateway.control.stop();
    await gateway.control.start();
    await gateway.untilApplied(newest);
    assert.equal((await play()).status, 200);
    assert.deepEqual(applied(), before);
    assert.equal(await gateway.control.newest(), newest);
  });

  test("opens to a data plane that starts from its last configuration", async () => {
    const [first] = gateway.proxies;
    await first.stop();
    await first.start();
    await gateway.untilApplied(await gateway.control.newest());
    const response = await play({}, { query: "?instance=proxy-1" });
    assert.equal(response.status, 200);
  });
});

describe("a data plane that listens everywhere", () => {
  test("is called where its stream comes from", async () => {
    const everywhere = new Proxy(gateway.folder, "everywhere", () => gateway.control.ready.grpc, { listen: "0.0.0.0:0" });
    gateway.proxies.push(everywhere);
    await everywhere.start();
    await gateway.untilApplied(await gateway.control.newest());
    act = (socket) => socket.write(whole("hello"));
    assert.equal((await play({}, { query: "?instance=everywhere" })).status, 200);
  });
});

test("without a data plane the playground says so", async () => {
  for (const proxy of gateway.proxies) await proxy.stop();
  await until("all are gone", async () => (await gateway.control.instances()).every((row) => !row.connected));
  const { status, code, type, message } = await errorOf(await play());
  assert.deepEqual({ status, code, type }, { status: 503, code: "no_data_plane", type: "server_error" });
  assert.match(message, /smartroute-proxy/);
  assert.equal((await errorOf(await play({}, { query: "?instance=proxy-1" }))).code, "data_plane_not_connected");
});
