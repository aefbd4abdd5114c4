// Over a hundred ways to make a gateway knock at doors inside its network, by every way out that it has: traffic, judge, test of a provider,
// collector of traces. It all happens in a network of its own, in which every address answers, so that each knock is heard.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after, before, describe } from "node:test";
import { fileURLToPath } from "node:url";

import { publicAddresses, refusedSpellings } from "./lib/hostile.mjs";
import { reasonWhyNot, runInside } from "./lib/namespace.mjs";

const dns = "127.0.0.53";
const good = "10.77.0.1";

describe("nobody makes the gateway knock at doors inside", { skip: reasonWhyNot }, () => {
  const folder = mkdtempSync(join(tmpdir(), "smartroute-ssrf-"));
  let report;
  before(async () => {
    const resolvConf = join(folder, "resolv.conf");
    writeFileSync(resolvConf, `nameserver ${dns}\n`);
    report = JSON.parse(await runInside(resolvConf, process.execPath, [fileURLToPath(new URL("ssrf_lab.mjs", import.meta.url)), "--dns", dns]));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));
  // A connection that is kept from before may end and begin anew.
  const strangers = (connections, ...allowed) => connections.filter((address) => address !== good && !allowed.includes(address));

  test("spellings that two programs read differently are refused when they are written down", () => {
    assert.ok(refusedSpellings.length >= 60, `${refusedSpellings.length}`);
    assert.equal(report.spellings.length, refusedSpellings.length);
    for (const { url, says, provider, judge, test, collector, connections } of report.spellings) {
      for (const [as, { saved, said }] of Object.entries({ provider, judge })) {
        assert.equal(saved, false, `${url} as ${as} was saved`);
        assert.match(said, /base_url/, url);
        assert.ok(said.includes(says), `${url} as ${as}: ${said}`);
      }
      assert.deepEqual([test.ok, test.step], [false, "address"], `${url}: ${test.message}`);
      assert.ok(test.message.includes(says), `${url}: ${test.message}`);
      // A collector that is no URL is not used; one at a forbidden address is refused.
      if (/never connected|no server/.test(says)) assert.equal(collector.saved, false, url);
      assert.deepEqual(strangers(connections), [], url);
    }
  });

  test("names that resolve to private, link-local and impossible addresses are refused, in whole", () => {
    assert.ok(report.names.length >= 30);
    for (const { host, traffic, test } of report.names) {
      assert.deepEqual(strangers(traffic.connections), [], `traffic to ${host}`);
      assert.deepEqual(strangers(test.connections), [], `test of ${host}`);
      assert.ok(traffic.status === 502 || traffic.status === 503, `${host}: ${traffic.status} ${traffic.body}`);
      assert.doesNotMatch(traffic.body, /example|\d+\.\d+\.\d+\.\d+/, "clients are told of no host and no address");
      assert.deepEqual([test.ok, test.step], [false, "address"], `${host}: ${test.message}`);
    }
  });

  test("link-local and metadata addresses stay refused with allow_private, which permits the others", () => {
    for (const { host, traffic, test } of report.never) {
      assert.deepEqual([strangers(traffic.connections), strangers(test.connections)], [[], []], host);
      assert.equal(test.ok, false, host);
    }
    assert.deepEqual([report.trusted.status, report.trusted.connections], [200, ["10.8.8.8"]]);
    assert.deepEqual([report.strange.status, strangers(report.strange.connections)], [502, []], "a connection is shared by those with the same leave only");
  });

  test("a judge is asked nowhere else", () => {
    for (const { host, status, connections } of report.judges) {
      assert.equal(status, 200, host); // by the default tier
      if (host === "public.example") assert.ok(connections.includes(publicAddresses[0]), "a judge that may be asked is");
      else assert.deepEqual(strangers(connections), [], host);
    }
    assert.ok(report.trustedJudge.requests.includes("10.8.8.8 /v1/chat/completions"), "with allow_private a private one is");
  });

  test("a collector is sent nothing elsewhere", () => {
    for (const { host, protocol, status, connections, log } of report.collectors) {
      assert.equal(status, 200, host);
      if (host === "public.example") {
        assert.ok(connections.includes(publicAddresses[0]), "a collector that may hear does");
        continue;
      }
      assert.deepEqual(strangers(connections), [], `${host} by ${protocol}`);
      assert.match(log, /traces wait for the collector: (a public name|link-local)/, `${host} by ${protocol}`);
    }
    assert.deepEqual(strangers(report.trustedCollector.connections), ["10.8.8.8"]);
  });

  test("plain spellings are the operator's will", () => {
    for (const { url, address, traffic, test } of report.plain) {
      assert.equal(traffic.status, 200, `${url}: ${traffic.body}`);
      assert.deepEqual(strangers(traffic.connections), [address], url);
      assert.equal(test.ok, true, `${url}: ${test.message}`);
      assert.deepEqual(strangers(test.connections), [address], url);
    }
  });

  test("no redirect is followed", () => {
    const { traffic, judge, test, collector } = report.redirects;
    for (const [what, { connections, requests }] of Object.entries({ traffic, judge, test, collector })) {
      assert.deepEqual(strangers(connections, publicAddresses[0]), [], what);
      assert.ok(requests.some((request) => request.startsWith(`${publicAddresses[0]} /moved`)), `${what} came as far as the redirect: ${requests}`);
      assert.ok(!requests.some((request) => request.includes("stolen")), what);
    }
    assert.ok(traffic.status >= 500, `${traffic.status}`);
    assert.equal(judge.status, 200);
    assert.deepEqual([test.ok, test.step], [false, "answer"]);
    assert.match(test.message, /not followed/);
  });

  test("a name that is public at first and private afterwards is judged by the answer that is used", () => {
    const { firstTest, secondTest, firstTraffic, secondTraffic } = report.rebinding;
    assert.deepEqual([firstTest.ok, firstTest.connections, firstTest.questions], [true, [publicAddresses[0]], 1], "one question for one connection");
    assert.deepEqual([secondTest.ok, secondTest.step, secondTest.connections, secondTest.questions], [false, "address", [], 1]);
    assert.deepEqual([firstTraffic.status, strangers(firstTraffic.connections), firstTraffic.questions], [200, [publicAddresses[0]], 1]);
    assert.ok(secondTraffic.status >= 500 && secondTraffic.questions >= 1, `${secondTraffic.status}`);
    assert.deepEqual(strangers(secondTraffic.connections), []);
  });
});
