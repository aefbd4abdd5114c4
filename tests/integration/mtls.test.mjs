// Mutual TLS between the planes: who is let in, who is not, and certificates that are replaced while everything runs.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { connect as connectPlain } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after, afterEach, before, describe } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { connect } from "node:tls";

import { Authority, MountedSecret } from "./lib/certificates.mjs";
import { Gateway, Proxy, binary, chatFetch, metricsOf, plainConfig, run, until } from "./lib/world.mjs";

const folder = mkdtempSync(join(tmpdir(), "smartroute-mtls-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const root = new Authority(folder, "root");
const stranger = new Authority(folder, "stranger");

const instance = (name) => `URI:spiffe://smartroute/instance/${name}`;
const filesOf = (authorities, { cert, key }) => ({ "ca.crt": authorities, "tls.crt": cert, "tls.key": key });
let mounts = 0;
const mounted = (authorities, pair) => new MountedSecret(join(folder, `mount-${++mounts}`), filesOf(authorities, pair));
const controlFlags = (secret) => ["--grpc-client-ca", secret.path("ca.crt"), "--grpc-cert", secret.path("tls.crt"), "--grpc-key", secret.path("tls.key")];
const proxyFlags = (secret, name = "control.test") => ["--control-ca", secret.path("ca.crt"), "--control-cert", secret.path("tls.crt"), "--control-key", secret.path("tls.key"), ...(name ? ["--control-name", name] : [])];

// A control plane with TLS on a TCP port, and a data plane `proxy-1` with a certificate of its own.
function secureGateway(controlSecret, proxySecret, more = []) {
  return new Gateway({
    config: ({ mock }) => plainConfig(mock.baseURL),
    controlArgs: [...controlFlags(controlSecret), ...more],
    proxyArgs: ["--workers", "1", ...proxyFlags(proxySecret)],
    env: { SMARTROUTE_GRPC: "127.0.0.1:0" },
  });
}
const printLogsOf = (get) =>
  afterEach((t) => {
    if (t.passed === false || t.error) console.error(`${t.name} failed; what the processes said:\n${get().logs()}`);
  });
const rowOf = async (gateway, name) => (await gateway.control.instances()).find(({ instanceId }) => instanceId === name);
const stored = async (gateway) => (await metricsOf(gateway.control.ready.control_ops)).value("smartroute_records_stored_total");
const connected = async (proxy) => (await metricsOf(proxy.ready.proxy_ops)).value("smartroute_cp_connected");

describe("planes with certificates", () => {
  const serverSecret = mounted(root.pem, root.issue("DNS:control.test", { usage: "serverAuth" }));
  const clientSecret = mounted(root.pem, root.issue(instance("proxy-1"), { usage: "clientAuth" }));
  const gateway = secureGateway(serverSecret, clientSecret, ["--grpc-group-identity", "spiffe://smartroute/proxies"]);
  const others = [];
  // A data plane beside the gateway's own; it need not become ready.
  const proxy = (name, flags) => {
    const one = new Proxy(gateway.folder, name, () => gateway.control.ready.grpc, { args: ["--workers", "1", ...flags] });
    one.spawn();
    others.push(one);
    return one;
  };
  before(() => gateway.start());
  after(async () => {
    await Promise.all(others.map((one) => one.stop().catch(() => {})));
    await gateway.stop();
  });
  printLogsOf(() => gateway);

  test("exchange configuration and records, and show when the certificates end", async () => {
    assert.equal((await chatFetch(gateway.baseURL)).status, 200);
    await until("the record is stored", async () => (await stored(gateway)) === 1);
    assert.equal((await rowOf(gateway, "proxy-1")).appliedRevision, 1);
    const inADay = Date.now() / 1000 + 86_400;
    const ends = { control: (await metricsOf(gateway.control.ready.control_ops)).value("smartroute_certificate_expiry_seconds", { peer: "data_plane" }), proxy: (await metricsOf(gateway.proxy.ready.proxy_ops)).value("smartroute_certificate_expiry_seconds", { peer: "control_plane" }) };
    for (const [plane, end] of Object.entries(ends)) assert.ok(Math.abs(end - inADay) < 120, `${plane}: ${end}`);
  });

  test("take an instance by its DNS name, and a group in any name", async () => {
    const named = proxy("edge.test", proxyFlags(mounted(root.pem, root.issue("DNS:edge.test"))));
    const pods = ["pod-a", "pod-b"].map((name) => proxy(name, proxyFlags(mounted(root.pem, root.issue("URI:spiffe://smartroute/proxies")))));
    for (const one of [named, ...pods]) {
      await one.untilReady();
      assert.equal((await rowOf(gateway, one.name)).connected, true);
    }
  });

  test("name a data plane after its certificate when nobody else does", async () => {
    const secret = mounted(root.pem, root.issue(instance("from-certificate")));
    const one = proxy("unnamed", proxyFlags(secret));
    await one.stop();
    one.argsOf = () => ["--listen", "127.0.0.1:0", "--ops", "127.0.0.1:0", "--control", gateway.control.ready.grpc, "--ready-file", one.readyFile, "--workers", "1", ...proxyFlags(secret)];
    const { instance: name } = await one.start();
    assert.equal(name, "from-certificate");
  });

  test("let nobody else in, say why at both ends, and serve on", async () => {
    const leaf = (names, dates) => root.issue(names, dates);
    const cases = [
      // name, flags, what the data plane logs, what the control plane logs
      ["other-instance", proxyFlags(mounted(root.pem, leaf(instance("somebody")))), /certificate is not of instance 'other-instance'.*somebody/, /turned away.*certificate is not of instance 'other-instance'/],
      ["wildcard", proxyFlags(mounted(root.pem, leaf("DNS:*"))), /certificate is not of instance 'wildcard'/, /not of instance 'wildcard'/],
      ["foreign", proxyFlags(mounted(root.pem, stranger.issue(instance("foreign")))), /of URI spiffe:\/\/smartroute\/instance\/foreign; a control plane hangs up/, /not signed by --grpc-client-ca/],
      ["self-signed", proxyFlags(mounted(root.pem, root.selfSigned(instance("self-signed")))), /hangs up on one that it does not take/, /not signed by --grpc-client-ca/],
      ["expired", proxyFlags(mounted(root.pem, leaf(instance("expired"), { from: -7200, to: -3600 }))), /and ended at/, /or not of now/],
      ["early", proxyFlags(mounted(root.pem, leaf(instance("early"), { from: 3600, to: 7200 }))), /and begins at/, /or not of now/],
      ["server-only", proxyFlags(mounted(root.pem, leaf(instance("server-only"), { usage: "serverAuth" }))), /hangs up on one that it does not take/, /not signed by/],
      ["wrong-server-name", proxyFlags(mounted(root.pem, leaf(instance("wrong-server-name"))), "another.test"), /another\.test is not in peer certificate.*--control-name/, undefined],
      ["no-server-name", proxyFlags(mounted(root.pem, leaf(instance("no-server-name"))), ""), /127\.0\.0\.1 is not in peer certificate/, undefined],
      ["distrusting", proxyFlags(mounted(stranger.pem, leaf(instance("distrusting")))), /not signed by --control-ca/, undefined],
      ["plain", [], /Socket closed|Connection reset/, /speaks no TLS/],
    ];
    const before = await metricsOf(gateway.control.ready.control_ops);
    const turnedAway = cases.map(([name, flags]) => proxy(name, flags));
    for (const [i, [name, , here, there]] of cases.entries()) {
      await until(`${name} says why`, () => here.test(turnedAway[i].log)).catch((error) => assert.fail(`${error.message}\n${turnedAway[i].log}`));
      if (there) await until(`the control plane says why not ${name}`, () => there.test(gateway.control.log));
      assert.equal(turnedAway[i].running, true, name);
      assert.doesNotMatch(turnedAway[i].log, /PRIVATE KEY/);
    }
    const now = await metricsOf(gateway.control.ready.control_ops);
    assert.ok(now.value("smartroute_control_identity_refused_total") >= before.value("smartroute_control_identity_refused_total") + 2);
    const names = (await gateway.control.instances()).map(({ instanceId }) => instanceId);
    assert.deepEqual(names.filter((name) => cases.some(([refused]) => refused === name)), []);
    const lines = gateway.control.log.split("\n").filter((line) => /refused|turned away/.test(line)).length;
    await pause(1_500); // eleven that try again all the time
    const more = gateway.control.log.split("\n").filter((line) => /refused|turned away/.test(line)).length - lines;
    assert.ok(more < 30, `${more} lines in 1.5 s`);
    assert.equal((await chatFetch(gateway.baseURL)).status, 200);
    assert.equal((await rowOf(gateway, "proxy-1")).connected, true);
    await Promise.all(turnedAway.map((one) => one.stop()));
  });

  test("hang up on who shows no certificate, and on what is no TLS", async () => {
    const [host, port] = gateway.control.ready.grpc.split(":");
    const ending = (socket) =>
      new Promise((resolve) => {
        let bytes = 0;
        socket.on("data", (data) => (bytes += data.length));
        socket.on("error", () => {});
        socket.on("close", () => resolve(bytes));
      });
    const bare = connect({ host, port, ca: root.pem, servername: "control.test", ALPNProtocols: ["h2"] });
    assert.equal(await ending(bare), 0);
    const old = connect({ host, port, ca: root.pem, servername: "control.test", ALPNProtocols: ["h2"], ...root.issue(instance("proxy-1")), maxVersion: "TLSv1.1", minVersion: "TLSv1", ciphers: "DEFAULT@SECLEVEL=0" });
    assert.equal(await ending(old), 0, "an old TLS");
    for (const bytes of ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0", "GET / HTTP/1.1\r\n\r\n", "\x16\x03\x01\xff\xff" + "x".repeat(70_000)]) {
      const raw = connectPlain({ host, port });
      raw.write(Buffer.from(bytes, "latin1"));
      assert.ok((await ending(raw)) < 100, "at most an alert");
    }
    await until("it says so", () => /has to show a certificate/.test(gateway.control.log));
    assert.equal((await rowOf(gateway, "proxy-1")).connected, true);
  });

  test("go on alone with the last good configuration when the certificate is none any more, until there is one", async () => {
    const good = root.issue(instance("proxy-1"));
    clientSecret.swap(filesOf(root.pem, root.issue(instance("proxy-1"), { from: -7200, to: -3600 })));
    await gateway.proxy.stop();
    await gateway.proxy.start();
    assert.match(gateway.proxy.log, /certificate for the control plane ended at/);
    assert.equal((await chatFetch(gateway.baseURL)).status, 200);
    await until("it says why it is alone", () => /no stream to the control plane.*ended at/.test(gateway.proxy.log));
    assert.equal(await connected(gateway.proxy), 0);
    clientSecret.swap(filesOf(root.pem, good));
    await until("it is back", async () => (await connected(gateway.proxy)) === 1);
    assert.match(gateway.proxy.log, /certificate for the control plane was renewed/);
  });
});

describe("certificates that are replaced while the planes talk", () => {
  let authorities = root;
  const pairs = (seconds) => [authorities.issue("DNS:control.test", { to: seconds }), authorities.issue(instance("proxy-1"), { to: seconds })];
  let serverSecret, clientSecret, gateway;
  let previous; // {until, server, client}: what is shown, and when it ends
  before(async () => {
    const [server, client] = pairs(5);
    previous = { until: Date.now() + 5_000, server, client };
    serverSecret = mounted(root.pem, server);
    clientSecret = mounted(root.pem, client);
    gateway = secureGateway(serverSecret, clientSecret);
    await gateway.start();
  });
  after(() => gateway.stop());
  printLogsOf(() => gateway);

  // What the gRPC port shows now.
  const shown = async () => {
    const [host, port] = gateway.control.ready.grpc.split(":");
    const socket = connect({ host, port, rejectUnauthorized: false, servername: "control.test", ALPNProtocols: ["h2"] });
    await new Promise((resolve, reject) => socket.once("secureConnect", resolve).once("error", reject));
    const { raw } = socket.getPeerCertificate();
    socket.on("error", () => {}).destroy();
    return `-----BEGIN CERTIFICATE-----\n${raw.toString("base64").replace(/.{64}(?=.)/g, "$&\n")}\n-----END CERTIFICATE-----\n`;
  };

  test("lose no record and no configuration, three times, the last time with another authority", async () => {
    const pids = () => [gateway.control.pid, gateway.proxy.pid];
    const before = pids();
    const bundle = stranger.pem + root.pem;
    let asked = 0;
    let revisions = 1;
    let over = false;
    const traffic = (async () => {
      for (; !over; await pause(20)) {
        assert.equal((await chatFetch(gateway.baseURL)).status, 200);
        ++asked;
      }
    })();
    const changes = (async () => {
      for (; !over; await pause(300)) revisions = await gateway.control.putConfig(plainConfig(gateway.mocks.mock.baseURL, { models: [{ id: `mock/revision-${revisions}` }] }));
    })();
    for (const [round, seconds] of [[1, 7], [2, 7], [3, 3_600]]) {
      await until("the certificates are about to end", () => Date.now() > previous.until - 3_000);
      if (round === 3) {
        // Both sides believe in both authorities before either shows a certificate of the new one.
        for (const [secret, pair] of [[serverSecret, previous.server], [clientSecret, previous.client]]) secret.swap(filesOf(bundle, pair));
        await until("both have read it", () => [gateway.control, gateway.proxy].every(({ log }) => (log.match(/was renewed/g) ?? []).length === 3));
        authorities = stranger;
      }
      const [nextServer, nextClient] = pairs(seconds);
      serverSecret.swap(filesOf(round === 3 ? bundle : root.pem, nextServer));
      clientSecret.swap(filesOf(round === 3 ? bundle : root.pem, nextClient));
      await until("new connections see it", async () => (await shown()) === nextServer.cert);
      await until("the certificates of before have ended", () => Date.now() > previous.until);
      previous = { until: Date.now() + seconds * 1_000, server: nextServer, client: nextClient };
      const newest = await gateway.control.newest();
      await gateway.untilApplied(newest + 1); // pushed when the certificate of before had ended
    }
    over = true;
    await Promise.all([traffic, changes]);
    await until("every record is stored", async () => (await stored(gateway)) === asked);
    await gateway.untilApplied(revisions);
    const { value } = await metricsOf(gateway.control.ready.control_ops);
    assert.equal(value("smartroute_record_batches_rejected_total"), 0);
    assert.equal((await metricsOf(gateway.proxy.ready.proxy_ops)).value("smartroute_log_dropped_total"), 0);
    assert.ok(asked > 50 && revisions > 5, `${asked} requests, ${revisions} revisions`);
    assert.deepEqual(pids(), before, "nobody was started again");
  });

  test("stay as they are when the new files do not fit together", async () => {
    const good = await shown();
    const [other] = pairs(3_600);
    serverSecret.swap({ ...filesOf(stranger.pem, other), "tls.key": root.issue("DNS:control.test").key });
    await until("it says so", () => /new files of the gRPC certificate cannot be used.*is not the key of the certificate/.test(gateway.control.log));
    assert.equal(await shown(), good);
    serverSecret.swap(filesOf(stranger.pem, other));
    await until("the next ones are taken", async () => (await shown()) === other.cert);
  });
});

describe("the programs", () => {
  const secret = mounted(root.pem, root.issue("DNS:control.test"));
  const wrong = (args, program = "smartroute-control") => {
    const all = program === "smartroute-control" ? ["--state", join(folder, "unused"), "--admin", "127.0.0.1:0", "--ops", "127.0.0.1:0", ...args] : ["--listen", "127.0.0.1:0", "--ops", "127.0.0.1:0", ...args];
    return run(binary(program), all, { timeout: 20_000 });
  };

  test("refuse to start with half of what TLS needs, or with files that are of no use", () => {
    const [ca, cert, key] = ["ca.crt", "tls.crt", "tls.key"].map((name) => secret.path(name));
    const anywhere = ["--grpc", "0.0.0.0:0"];
    const rows = [
      ["smartroute-control", anywhere, /would carry provider keys over the network without TLS/],
      ["smartroute-control", [...anywhere, "--grpc-cert", cert, "--grpc-key", key], /go together/],
      ["smartroute-control", ["--grpc-group-identity", "spiffe://x/y"], /go together/],
      ["smartroute-control", [...anywhere, "--grpc-client-ca", ca, "--grpc-cert", cert, "--grpc-key", join(folder, "none")], /cannot read .*none: No such file/],
      ["smartroute-control", [...anywhere, "--grpc-client-ca", key, "--grpc-cert", cert, "--grpc-key", key], /holds no certificate/],
      ["smartroute-control", [...anywhere, "--grpc-client-ca", ca, "--grpc-cert", ca, "--grpc-key", key], /is not the key of the certificate/],
      ["smartroute-proxy", ["--control", "127.0.0.1:1", "--control-ca", ca], /go together/],
      ["smartroute-proxy", ["--control", "127.0.0.1:1", "--control-name", "x"], /go together/],
      ["smartroute-proxy", ["--control", "unix:/tmp/none.sock", ...proxyFlags(secret, "")], /needs --control-name/],
      ["smartroute-proxy", ["--control", "127.0.0.1:1", "--control-ca", ca, "--control-cert", cert, "--control-key", folder], /cannot read/],
    ];
    for (const [program, args, why] of rows) {
      const { status, stderr } = wrong(args, program);
      assert.notEqual(status, 0, args.join(" "));
      assert.notEqual(status, null, `hung: ${args.join(" ")}`);
      assert.match(stderr, why, args.join(" "));
    }
  });
});
