// SIGTERM: an orchestrator spreads the word that a proxy goes, while the proxy still takes whoever has not heard it.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { describe } from "node:test";

import { freePort } from "../conformance/lib/child.mjs";
import { RawClient, chat, once } from "./lib/raw.mjs";
import { chatFetch, eventsOf, metricsOf, plainConfig, startLoad, until, useGateway } from "./lib/world.mjs";

const stream = (behaviour) => chat({ stream: true, messages: [{ role: "user", content: `[[mock: ${JSON.stringify(behaviour)}]]` }] });

describe("a proxy that got SIGTERM", () => {
  const gateway = useGateway({ config: ({ mock }) => plainConfig(mock.baseURL, { limits: { drain_accept: "1500ms", drain_timeout: "6s" } }) });
  const term = async () => {
    process.kill(gateway.proxy.pid, "SIGTERM");
    await until("it is not ready", async () => (await gateway.proxy.ops("/readyz")).status === 503);
  };

  test("refuses nobody for a while, ends each connection with its answer, lets streams finish, and goes", async () => {
    const { listen } = gateway.proxy.ready;
    const [kept, idle, running] = await Promise.all([1, 2, 3].map(() => RawClient.open(listen)));
    for (const client of [kept, idle]) assert.equal((await client.write(chat()).response()).headers.get("connection"), "keep-alive");
    running.write(stream({ events: 100, pace_ms: 25 }));
    await running.received(1);
    await term();
    const answers = await Promise.all(Array.from({ length: 200 }, () => once(listen, chat())));
    for (const { status, headers, end, surplus } of answers) assert.deepEqual([status, headers.get("connection"), end, surplus], [200, "close", "fin", ""]);
    assert.equal((await gateway.proxy.ops("/livez")).status, 200, "draining is no reason to be killed");
    assert.equal((await metricsOf(gateway.proxy.ready.proxy_ops)).value("smartroute_connections_rejected_total"), 0);
    assert.equal(idle.end, undefined, "a client that may be about to send is not cut off");
    const last = await kept.write(chat()).response();
    assert.deepEqual([last.status, last.headers.get("connection"), await kept.ended()], [200, "close", "fin"]);
    assert.equal(await idle.ended(), "fin", "idle at the end of that time");
    assert.equal((await once(listen, chat())).status, 200, "somebody is still served, so the word has not reached everybody");
    assert.equal((await gateway.proxy.ops("/readyz")).status, 503);
    const whole = await running.response();
    assert.ok(whole.whole);
    assert.equal(eventsOf(whole.body.toString()).length, 103);
    assert.equal(eventsOf(whole.body.toString()).at(-1), "[DONE]");
    assert.deepEqual(await gateway.proxy.ended, { code: 0, signal: null });
    assert.doesNotMatch(gateway.proxy.log, /are cut at the end/);
    await gateway.proxy.start();
  });

  test("goes by itself when nobody is connected", async () => {
    await term();
    assert.deepEqual(await gateway.proxy.ended, { code: 0, signal: null });
    assert.doesNotMatch(gateway.proxy.log, /are cut at the end/);
    await gateway.proxy.start();
  });

  test("tells overdue streams the truth, those too that began while it drained", async () => {
    const { listen } = gateway.proxy.ready;
    const open = async () => (await RawClient.open(listen)).write(stream({ events: -1, pace_ms: 20 }));
    const before = await Promise.all(Array.from({ length: 20 }, open));
    await Promise.all(before.map((client) => client.received(1)));
    await term();
    const during = await Promise.all(Array.from({ length: 20 }, open));
    for (const client of [...before, ...during]) {
      const { status, whole, body } = await client.response();
      const events = eventsOf(body.toString());
      assert.deepEqual([status, whole, client.end], [200, false, "fin"]);
      assert.equal(JSON.parse(events.at(-1)).error.code, "shutting_down");
      assert.ok(events.slice(0, -1).every((data) => JSON.parse(data).choices), "only whole events come before it");
      assert.doesNotMatch(body.toString(), /\[DONE\]/);
    }
    assert.deepEqual(await gateway.proxy.ended, { code: 0, signal: null });
    await until("the provider is let go", async () => (await gateway.mocks.mock.stats()).active === 0);
    await gateway.proxy.start();
  });

  test("does not wait for a client that connects and says nothing", async () => {
    const { listen } = gateway.proxy.ready;
    await term();
    const silent = await RawClient.open(listen);
    const running = (await RawClient.open(listen)).write(stream({ events: 120, pace_ms: 20 }));
    assert.equal(await silent.ended(), "fin");
    assert.equal(running.end, undefined, "before the stream's end");
    assert.ok((await running.response()).whole);
    assert.deepEqual(await gateway.proxy.ended, { code: 0, signal: null });
    await gateway.proxy.start();
  });
});

// HAProxy in front, which asks the ops ports who is ready.
async function startBalancer(folder, proxies) {
  const port = await freePort();
  const statsPort = await freePort();
  const file = join(folder, "haproxy.cfg");
  const server = (proxy) => `  server ${proxy.name} ${proxy.ready.listen} check addr 127.0.0.1 port ${proxy.ready.proxy_ops.split(":")[1]} inter 100ms fall 1 rise 1`;
  writeFileSync(
    file,
    `global
  nbthread 1
  maxconn 2000
defaults
  mode http
  option http-keep-alive
  option http-no-delay
  timeout connect 2s
  timeout client 60s
  timeout server 60s
  timeout check 1s
frontend in
  bind 127.0.0.1:${port}
  default_backend gateway
frontend stats
  bind 127.0.0.1:${statsPort}
  stats enable
  stats uri /stats
backend gateway
  option httpchk GET /readyz
${proxies.map(server).join("\n")}
`,
  );
  const child = spawn("haproxy", ["-db", "-f", file], { stdio: ["ignore", "pipe", "pipe"] });
  let log = "";
  for (const out of [child.stdout, child.stderr]) out.on("data", (data) => (log += data));
  const ended = new Promise((done) => child.on("close", done));
  const isUp = async (name) => {
    const csv = await fetch(`http://127.0.0.1:${statsPort}/stats;csv`).then((answer) => answer.text()).catch(() => "");
    return csv.split("\n").some((line) => line.startsWith(`gateway,${name},`) && line.split(",")[17] === "UP");
  };
  return {
    baseURL: `http://127.0.0.1:${port}/v1`,
    untilUp: (name) => until(`haproxy takes ${name} for ready`, () => isUp(name)).catch((error) => assert.fail(`${error.message}\n${log}`)),
    stop: () => (child.kill("SIGKILL"), ended),
  };
}

const noBalancer = spawnSync("haproxy", ["-v"]).status === 0 ? false : "haproxy is not installed";
// 100 s are 10,000 requests; they are too many for every run.
const loadSeconds = process.env.SMARTROUTE_ROLLING_SECONDS ?? "20";
describe("three proxies behind a balancer", { skip: noBalancer }, () => {
  const gateway = useGateway({ proxies: 3, config: ({ mock }) => plainConfig(mock.baseURL, { limits: { drain_accept: "2s", drain_timeout: "15s" } }) });

  test("are restarted one after the other under load, and no request fails", async () => {
    const balancer = await startBalancer(gateway.folder, gateway.proxies);
    try {
      for (const proxy of gateway.proxies) await balancer.untilUp(proxy.name);
      const common = ["--rate", "100", "--duration", loadSeconds, "--sha256", "same"];
      const plain = startLoad(balancer.baseURL, [...common, "--connections", "16"]);
      // Streams of about a second, so that some thirty are always under way.
      const streams = startLoad(balancer.baseURL, ["--rate", "30", "--duration", loadSeconds, "--connections", "100", "--stream", "--mock", '{"events": 40, "pace_ms": 25}', "--min-events", "43", "--sha256", "same"]);
      let restarts = 0;
      while (!plain.ended && (restarts < 3 || loadSeconds > 20)) {
        for (const proxy of gateway.proxies) {
          assert.deepEqual(await proxy.stop("SIGTERM"), { code: 0, signal: null });
          await proxy.start();
          await balancer.untilUp(proxy.name);
          ++restarts;
        }
      }
      for (const [kind, load] of Object.entries({ plain, streams })) {
        const { code, report } = await load.result;
        assert.equal(report.failed, 0, `${kind}: ${JSON.stringify(report.errors)} ${report.first_error}`);
        assert.equal(code, 0);
        console.log(`rolling restart: ${report.completed} ${kind} requests, ${report.failed} failed, ${restarts} restarts`);
      }
      assert.ok(restarts >= 3);
      for (const proxy of gateway.proxies) assert.doesNotMatch(proxy.log, /are cut at the end/);
    } finally {
      await balancer.stop();
    }
    assert.equal((await chatFetch(gateway.baseURL)).status, 200);
  });
});
