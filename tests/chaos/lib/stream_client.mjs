// Clients of drawn streams, on raw sockets: some keep their connection for many streams, some send several requests at once, some leave.
import { RawClient, chat } from "../../integration/lib/raw.mjs";
import { fault, mock } from "./fault_proxy.mjs";

// The text that carries a stream's troubles to the proxies and models that are to have them.
export function messageOf(plan) {
  const faults = Object.entries(plan.wires).map(([name, wire]) => fault(name, wire));
  return [`Chaos ${plan.tag}.`, ...faults, mock({ models: plan.behaviours })].join(" ");
}

// Bytes: what is not ASCII in it counts as UTF-8 in its Content-Length.
const requestOf = (plan) =>
  Buffer.from(chat({ model: plan.tier.model, ...(plan.stream && { stream: true }), messages: [{ role: "user", content: messageOf(plan) }] }, plan.tier.headers ?? []));

async function answerOn(client) {
  for (;;) {
    const response = await client.response();
    if (response.status >= 200) return response;
  }
}

async function leaveEarly(client, plan) {
  await client.received(plan.leave.after);
  const part = Buffer.from(client.bytes);
  if (plan.leave.how === "reset") client.reset();
  else client.close();
  return { part };
}

// Plays plans one behind the other over one connection at a time: {plan, seen, ms} to `tell` for each. With `pipelined`, all requests
// are sent at once.
export async function playOn(address, plans, { pipelined = false, tell }) {
  let client;
  let ended = false;
  try {
    for (const [i, plan] of plans.entries()) {
      const begun = performance.now();
      if (ended && pipelined) {
        tell({ plan, seen: { unanswered: true }, ms: 0 });
        continue;
      }
      if (!client || ended) {
        client?.close();
        client = await RawClient.open(address);
        ended = false;
        if (pipelined) client.write(Buffer.concat(plans.map(requestOf)));
      }
      if (!pipelined) client.write(requestOf(plan));
      const seen = await seenBy(client, plan);
      ended = seen.problem !== undefined || seen.part !== undefined || seen.headers?.get("connection") === "close" || seen.whole === false;
      if (ended && !seen.part && !seen.problem) seen.end = await client.ended().catch(() => "open");
      if (!ended && client.bytes.length > 0 && !pipelined) seen.problem = `bytes behind the answer: ${JSON.stringify(client.bytes.toString("latin1").slice(0, 100))}`;
      tell({ plan, seen, ms: performance.now() - begun, last: i === plans.length - 1 });
    }
  } finally {
    client?.close();
  }
}

async function seenBy(client, plan) {
  try {
    return plan.leave ? await leaveEarly(client, plan) : await answerOn(client);
  } catch (error) {
    // An answer with a length that ended before it, which its client must notice.
    const short = /^connection ended \((\w+)\) after \d+ of \d+ body bytes/.exec(error.message);
    if (short && !plan.stream) return { status: 200, headers: new Map([["content-type", "application/json"]]), body: Buffer.alloc(0), whole: false, end: short[1] };
    return { problem: error.message.startsWith("waited") ? `HANG: ${error.message.slice(0, 400)}` : error.message.slice(0, 400) };
  }
}
