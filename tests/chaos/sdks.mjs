// Three SDKs as an application uses them, and fourteen ways for a stream to fail: how each of them ends.
//
// An end is {ended: "success" | "error" | "hung", class, bases, message, requests}: the exception's name and those it derives from, and how
// many HTTP requests the SDK made.
import { spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { openai, streamText, vercel } from "../conformance/lib/clients.mjs";
import { resultsFolder } from "./results.mjs";

// {script: behaviour of tools/mock_provider, node, python: the class of the exception}; Vercel's is APICallError before the first event,
// and an error part behind it. `event`: it breaks behind its first event.
const status = (Class, script) => ({ script, node: Class, python: Class, event: false });
const broken = (script) => ({ script, node: "APIError", python: "APIError", event: true });
export const failures = {
  "500": status("InternalServerError", { status: 500 }),
  "429": status("RateLimitError", { status: 429, retry_after: 30 }),
  "400": status("BadRequestError", { status: 400 }),
  "401 of the provider": status("InternalServerError", { status: 401 }),
  "FIN before the head": status("InternalServerError", { cut_before_head: true }),
  "RST before the head": status("InternalServerError", { cut_before_head: true, rst: true }),
  "silence before the head": status("InternalServerError", { stall_before_head: true }),
  "an error in a 200": status("InternalServerError", { error_200: true }),
  "FIN in the middle": broken({ cut_at_byte: 900 }),
  "RST in the middle": broken({ cut_at_byte: 900, rst: true, write_size: 200, write_gap_us: 2000 }),
  "silence in the middle": broken({ stall_at_byte: 900 }),
  "a chunk of no size": broken({ framing: "bad_chunk", content_bytes: 400 }),
  "an error event in the middle": broken({ error_at_event: 3 }),
  "a clean end without finish reason": broken({ no_finish_reason: true, no_done: true }),
};

const hangMs = 15_000;
const hung = { ended: "hung", class: "", bases: [], message: "", requests: 0 };
const endOf = (error, requests) => {
  const bases = [];
  for (let type = error?.constructor; type && type !== Object.getPrototypeOf(Function); type = Object.getPrototypeOf(type)) bases.push(type.name);
  return { ended: "error", class: error?.constructor?.name, bases, message: String(error?.message ?? error), requests };
};

async function inTime(work) {
  let timer;
  const late = new Promise((resolve) => (timer = setTimeout(resolve, hangMs, hung)));
  return Promise.race([work(), late]).finally(() => clearTimeout(timer));
}

// `cases`: [{name, request}], request as the API takes it. Each gives [{name, ...end}].
export const nodeClient = (gateway, cases) =>
  Promise.all(
    cases.map(async ({ name, request }) => {
      const { chat, sent } = openai(gateway);
      const work = async () => {
        try {
          for await (const chunk of await chat({ ...request, stream: true })) void chunk;
          return { ended: "success", class: null, bases: [], message: "", requests: sent.length };
        } catch (error) {
          return endOf(error, sent.length);
        }
      };
      return { name, ...(await inTime(work)) };
    }),
  );

export const vercelClient = (gateway, cases) =>
  Promise.all(
    cases.map(async ({ name, request }) => {
      const { model, sent } = vercel(gateway);
      const work = async () => {
        let end = { ended: "success", class: null, bases: [], message: "", requests: 0 };
        try {
          const result = streamText({ model: model(request.model), messages: request.messages, maxRetries: 0, onError: () => {} });
          for await (const part of result.fullStream) if (part.type === "error") end = endOf(part.error, 0);
        } catch (error) {
          end = endOf(error, 0);
        }
        return { ...end, requests: sent.length };
      };
      return { name, ...(await inTime(work)) };
    }),
  );

// Where the Python SDK is: the interpreter's own, else in build/chaos/python. It is no Debian package, and tests fetch nothing: who wants this
// third puts it there, `python3 -m pip install --target build/chaos/python -r tests/chaos/requirements.txt`. {why} where it is not.
let found;
function python() {
  if (found) return found;
  const env = { ...process.env, PYTHONPATH: join(resultsFolder, "python") };
  const has = spawnSync("python3", ["-c", "import openai"], { env }).status === 0;
  found = has ? { env } : { why: "not here, for it is no Debian package (tests/chaos/sdks.mjs says how to add it)" };
  return found;
}

export async function pythonClient(gateway, cases) {
  const { env, why } = python();
  if (why) return { why };
  const script = fileURLToPath(new URL("sdk_client.py", import.meta.url));
  const child = spawn("python3", [script], { env, stdio: ["pipe", "pipe", "inherit"] });
  let out = "";
  child.stdout.on("data", (data) => (out += data));
  child.stdin.end(JSON.stringify({ base_url: gateway.baseURL, cases }));
  const timer = setTimeout(() => child.kill("SIGKILL"), hangMs + cases.length * 2_000);
  await new Promise((resolve) => child.on("close", resolve));
  clearTimeout(timer);
  return out ? JSON.parse(out) : cases.map(({ name }) => ({ name, ...hung }));
}
