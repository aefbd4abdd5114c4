// What stands beside the sidecar: takes orders as lines of JSON, asks the gateway on its loopback, says what came of it. On SIGTERM it finishes
// what it is doing, as a well-behaved server does.
import { createInterface } from "node:readline";

const [api] = process.argv.slice(2);
let busy = 0;
let leaving = false;
const leave = () => leaving && busy === 0 && process.exit(0);
process.on("SIGTERM", () => {
  leaving = true;
  leave();
});

const body = (stream, mock) => JSON.stringify({ model: "auto", stream, messages: [{ role: "user", content: mock ? `hi [[mock: ${JSON.stringify(mock)}]]` : "hi" }] });
const post = (text) => fetch(`${api}/chat/completions`, { method: "POST", headers: { "content-type": "application/json" }, body: text });

async function ask() {
  const answer = await post(body(false));
  const { choices } = await answer.json();
  return { status: answer.status, text: choices?.[0]?.message.content ?? "" };
}

// One stream: how it ended, as its reader sees it. An error event may be followed by a connection that breaks: nobody takes that for an end.
async function stream(mock) {
  let text = "";
  try {
    const answer = await post(body(true, mock));
    if (answer.status !== 200) return `status ${answer.status}`;
    const decoder = new TextDecoder();
    for await (const bytes of answer.body) text += decoder.decode(bytes, { stream: true });
  } catch (error) {
    if (!text.includes("data: ")) return `broken: ${error.cause?.code ?? error.message}`;
  }
  if (/^data: \[DONE\]$/m.test(text)) return "whole";
  return /^data: \{"error"/m.test(text) ? "told" : "silent";
}

const orders = {
  ask,
  async asks({ count }) {
    const failed = [];
    for (let i = 0; i < count; ++i) await ask().then(({ status }) => status !== 200 && failed.push(status), (error) => failed.push(error.cause?.code ?? error.message));
    return { failed };
  },
  async streams({ count, mocks }) {
    const ends = await Promise.all(Array.from({ length: count }, (_, i) => stream(mocks[i % mocks.length])));
    const counted = {};
    for (const end of ends) counted[end] = (counted[end] ?? 0) + 1;
    return { ends: counted };
  },
};

createInterface({ input: process.stdin }).on("line", async (line) => {
  const { id, ...order } = JSON.parse(line);
  busy += 1;
  const said = await orders[order.do](order).catch((error) => ({ error: error.cause?.code ?? error.message }));
  process.stdout.write(`${JSON.stringify({ id, ...said })}\n`, () => {
    busy -= 1;
    leave();
  });
});
