// What the clients and verdicts of streams.test.mjs are worth: streams played straight at the failing model, with no gateway between. Its
// truncations must be called what they are.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";

import { Mock } from "../conformance/lib/gateway.mjs";
import { chosenSeed } from "./lib/dice.mjs";
import { startFaultProxy } from "./lib/fault_proxy.mjs";
import { playOn } from "./lib/stream_client.mjs";
import { drawStream, models, sweepStream } from "./lib/stream_faults.mjs";
import { responseBytes } from "./lib/stream_run.mjs";
import { judge } from "./lib/stream_verdict.mjs";

test("the checker takes whole answers for whole and every truncation for what it is", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "smartroute-chaos-"));
  const mock = new Mock(folder, "mock");
  await mock.start();
  const wire = await startFaultProxy(folder, "flaky", mock.ready.listen, { scope: "request" });
  t.after(async () => {
    await Promise.all([wire.stop(), mock.stop()]);
    rmSync(folder, { recursive: true, force: true });
  });
  const direct = async (plan) => {
    const found = [];
    await playOn(wire.ready.listen, [{ ...plan, tier: { model: models[0] } }], { tell: (played) => found.push(played) });
    return judge({ ...plan, harm: "both" }, found[0].seen);
  };
  const bytes = await responseBytes(wire, direct);
  const whole = await direct(sweepStream(1, "cut", 1_000_000));
  assert.deepEqual(whole, { verdict: "whole", from: { model: models[0], pieces: 16 } });
  for (const fault of ["cut", "reset"]) {
    for (let at = 0; at < bytes; at += 97) {
      const judgement = await direct(sweepStream(2, fault, at));
      assert.equal(judgement.verdict, "VIOLATION", `${fault} at ${at} of ${bytes}: ${JSON.stringify(judgement)}`);
    }
  }
  // An answer to another stream, and one that changes models on its way.
  const plan = { ...sweepStream(3, "cut", 1_000_000), wires: {} };
  const played = [];
  await playOn(wire.ready.listen, [{ ...plan, tier: { model: models[0] } }], { tell: (one) => played.push(one) });
  const { seen } = played[0];
  assert.equal(judge(plan, seen).verdict, "whole");
  assert.match(judge({ ...plan, tag: "s000004" }, seen).why, /no beginning of the answer/);
  const mixed = Buffer.from(seen.body.toString().replace(`.${models[0]}.7 `, `.${models[1]}.7 `));
  assert.match(judge(plan, { ...seen, body: mixed }).why, /no beginning of the answer/);
  const lost = Buffer.from(seen.body.toString().replace(/data: [^\n]*\.15 [^\n]*\n\n/, ""));
  assert.match(judge(plan, { ...seen, body: lost }).why, /truncated answer, 15 of 16/);
  const twice = Buffer.from(seen.body.toString().replace(/(data: [^\n]*\.9 [^\n]*\n\n)/, "$1$1"));
  assert.match(judge(plan, { ...seen, body: twice }).why, /no beginning/);
  for (const harm of ["none", "early"]) assert.match(judge({ ...plan, harm }, { ...seen, status: 502, body: Buffer.from('{"error":{"message":"m","type":"t"}}') }).why, /second model was well/);
});

test("the same seed draws the same streams", () => {
  const seed = chosenSeed();
  for (let n = 0; n < 300; ++n) assert.deepEqual(drawStream(seed, n), drawStream(seed, n));
  assert.notDeepEqual(drawStream(seed, 7), drawStream(seed + 1, 7));
});
