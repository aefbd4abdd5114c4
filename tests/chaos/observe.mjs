// One request as its client lives through it: by the official SDK (streamed or not) and as bytes. What was seen is plain data, so that
// the verdict can be tried on inventions, too:
//
//   ms          from the request to the end of its answer      hung     no end before the client's own deadline
//   status      of the answer; 0: there was none               headers  of the answer, names in lower case
//   text        of the answer, put together                    finish   its finish_reason, or null
//   ids, models that its chunks named                          usage    or null
//   error       undefined, or {how: "status" | "event" | "connection", type, code, message}
//   done, whole of bytes alone: [DONE] was there; the framing ended well
//   noise       what had no business there
import { connect } from "node:net";

import { openai } from "../conformance/lib/clients.mjs";

const nothingYet = () => ({ ms: 0, hung: false, status: 0, headers: {}, text: "", finish: null, ids: [], models: [], usage: null, error: undefined, noise: [] });
const once = (list, value) => void (list.includes(value) || list.push(value));

function take(seen, chunk) {
  if (chunk.id) once(seen.ids, chunk.id);
  if (chunk.model) once(seen.models, chunk.model);
  const choice = chunk.choices?.[0];
  seen.text += choice?.delta?.content ?? choice?.message?.content ?? "";
  seen.finish = choice?.finish_reason ?? seen.finish;
  seen.usage = chunk.usage ?? seen.usage;
}

// Ends with `seen` when `work` does, or marks it as hung at the deadline and leaves.
async function within(deadlineMs, seen, work, leave) {
  const begun = performance.now();
  let timer;
  const deadline = new Promise((resolve) => (timer = setTimeout(() => ((seen.hung = true), resolve()), deadlineMs)));
  const working = work();
  working.catch(() => {});
  await Promise.race([working, deadline]);
  clearTimeout(timer);
  seen.ms = performance.now() - begun;
  if (seen.hung) leave();
  return seen;
}

function sdkError(error) {
  if (error.status === undefined && error.error === undefined) return { how: "connection", type: error.constructor.name, code: error.code ?? null, message: error.message };
  return { how: error.status === undefined ? "event" : "status", type: error.type, code: error.code, message: error.error?.message ?? error.message };
}

function sdk(gateway, params, { headers = {}, deadlineMs }) {
  const seen = nothingYet();
  const abort = new AbortController();
  const { chat } = openai(gateway, { maxRetries: 0, timeout: 10 * deadlineMs });
  const note = (response) => {
    seen.status = response.status;
    seen.headers = Object.fromEntries(response.headers);
  };
  const work = async () => {
    try {
      const { data, response } = await chat(params, { headers, signal: abort.signal }).withResponse();
      note(response);
      if (!params.stream) take(seen, data);
      else for await (const chunk of data) take(seen, chunk);
    } catch (error) {
      if (seen.hung) return;
      if (error.status) Object.assign(seen, { status: error.status, headers: Object.fromEntries(error.headers ?? []) });
      seen.error = sdkError(error);
    }
  };
  return within(deadlineMs, seen, work, () => abort.abort());
}

export const sdkPlain = (gateway, params, how) => sdk(gateway, { ...params, stream: false }, how);
export const sdkStream = (gateway, params, how) => sdk(gateway, { ...params, stream: true, stream_options: { include_usage: true } }, how);

// ---- bytes

// {status, headers, body, whole} of everything a server sent on one connection; whole: the framing says that nothing is missing.
export function parseResponse(bytes) {
  let head;
  for (;;) {
    const end = bytes.indexOf("\r\n\r\n");
    if (end < 0) return { status: 0, headers: {}, body: Buffer.alloc(0), whole: false };
    head = bytes.subarray(0, end).toString("latin1").split("\r\n");
    bytes = bytes.subarray(end + 4);
    if (!head[0].startsWith("HTTP/1.1 1")) break;
  }
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head[0])?.[1] ?? 0);
  const headers = Object.fromEntries(head.slice(1).map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]));
  if (headers["transfer-encoding"] !== "chunked") return { status, headers, body: bytes, whole: bytes.length === Number(headers["content-length"]) };
  const parts = [];
  for (;;) {
    const line = bytes.indexOf("\r\n");
    const size = line < 0 ? NaN : parseInt(bytes.subarray(0, line).toString("latin1"), 16);
    if (Number.isNaN(size) || bytes.length < line + 2 + size + 2) return { status, headers, body: Buffer.concat(parts), whole: false };
    if (size === 0) return { status, headers, body: Buffer.concat(parts), whole: bytes.length === line + 4 };
    parts.push(bytes.subarray(line + 2, line + 2 + size));
    bytes = bytes.subarray(line + 2 + size + 2);
  }
}

function readEvents(seen, text) {
  if (text.length > 0 && !text.endsWith("\n\n")) seen.noise.push(`an event that does not end: ${text.slice(-80)}`);
  for (const event of text.split("\n\n").filter(Boolean)) {
    const lines = event.split("\n").filter((line) => line !== ":"); // heartbeats
    if (lines.length === 0) continue;
    if (!lines.every((line) => line.startsWith("data: "))) {
      seen.noise.push(`no plain event: ${event.slice(0, 80)}`);
      continue;
    }
    const data = lines.map((line) => line.slice(6)).join("\n");
    if (seen.done || seen.error) seen.noise.push(`behind the end: ${data.slice(0, 80)}`);
    if (data === "[DONE]") {
      seen.done = true;
      continue;
    }
    let chunk;
    try {
      chunk = JSON.parse(data);
    } catch {
      seen.noise.push(`an event that is no JSON: ${data.slice(0, 80)}`);
      continue;
    }
    if (chunk.error) seen.error = { how: "event", ...chunk.error };
    else take(seen, chunk);
  }
}

export function rawStream(gateway, params, { headers = {}, deadlineMs }) {
  const seen = { ...nothingYet(), done: false, whole: false, end: undefined };
  const body = JSON.stringify({ ...params, stream: true, stream_options: { include_usage: true } });
  const [host, port] = gateway.proxy.ready.listen.split(":");
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const socket = connect({ host, port: Number(port), noDelay: true });
  const parts = [];
  const work = async () => {
    seen.end = await new Promise((resolve) => {
      socket.on("data", (part) => parts.push(part)).on("end", () => resolve("fin")).on("error", () => resolve("reset"));
      socket.write(`POST /v1/chat/completions HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${lines}\r\n${body}`);
    });
    const answer = parseResponse(Buffer.concat(parts));
    Object.assign(seen, { status: answer.status, headers: answer.headers, whole: answer.whole });
    if (answer.status === 200) readEvents(seen, answer.body.toString());
    else if (answer.status > 0) seen.error = { how: "status", ...JSON.parse(answer.body).error };
    else seen.error = { how: "connection", type: seen.end, code: null, message: "" };
  };
  return within(deadlineMs, seen, work, () => socket.destroy()).finally(() => socket.destroy());
}
