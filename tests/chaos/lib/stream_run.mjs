// Which streams a run plays, and in which company.
import { crowd } from "../crowd.mjs";
import { Dice } from "./dice.mjs";
import { playOn } from "./stream_client.mjs";
import { drawStream, sweepStream } from "./stream_faults.mjs";
import { judge } from "./stream_verdict.mjs";

export const fullRun = 35_000;
const sweeps = [
  ["cut", "live"],
  ["reset", "live"],
  ["flip", "live"],
  ["cut", "buffered"],
  ["reset", "buffered"],
];

// Streams 0 to count - 1: first the sweeps over every offset of a response of `bytes` bytes (a shorter run takes every k-th offset, from
// one that the seed chooses), then drawn ones. Each is the same in every run of this seed and count.
export function plansOf(seed, count, bytes) {
  const stride = Math.max(1, Math.round(fullRun / count));
  const plans = [];
  for (let at = Number(BigInt(seed) % BigInt(stride)); at <= bytes; at += stride) for (const [fault, tier] of sweeps) if (plans.length < count) plans.push(sweepStream(plans.length, fault, at, tier));
  const swept = plans.length;
  while (plans.length < count) plans.push(drawStream(seed, plans.length));
  return { plans, swept };
}

// Shuffled, and dealt out to sessions: rows of streams that share a connection of their client, one in ten of them pipelined.
export function sessionsOf(seed, plans) {
  const dice = new Dice(seed, -1);
  const left = [...plans];
  for (let i = left.length - 1; i > 0; --i) {
    const j = dice.between(0, i);
    [left[i], left[j]] = [left[j], left[i]];
  }
  const sessions = [];
  while (left.length > 0) {
    const pipelined = dice.chance(10);
    const wanted = dice.between(1, pipelined ? 4 : 12);
    const members = left.splice(-wanted);
    // Behind an answer that ends the connection there is no other one: streams of the sweep are never sent that way, and one that leaves
    // would take the answers of the others with it.
    const together = pipelined ? members.filter((plan) => !plan.leave && !plan.swept) : members;
    const alone = members.filter((plan) => !together.includes(plan));
    if (together.length > 0) sessions.push({ plans: together, pipelined });
    if (alone.length > 0) sessions.push({ plans: alone, pipelined: false });
  }
  return sessions;
}

// Plays all sessions, `width` at a time, against the gateway at `address`; judgements go to `tally`.
export async function playAll(address, sessions, width, tally) {
  await crowd(sessions.length, width, (i) => {
    const { plans, pipelined } = sessions[i];
    return playOn(address, plans, { pipelined, tell: ({ plan, seen, ms }) => tally.add(plan, judge(plan, seen), ms) });
  });
}

// Bytes of the response to a stream of the sweep, head and all.
export async function responseBytes(wire, play) {
  await wire.reset();
  await play(sweepStream(0, "cut", 1_000_000));
  return (await wire.counters()).response_bytes;
}
