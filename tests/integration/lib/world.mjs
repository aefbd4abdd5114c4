// What the tests of this folder share: a plain configuration, callers, a provider made of bytes, metrics as numbers.
import { spawn, spawnSync } from "node:child_process";
import { createServer } from "node:net";
import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

import { binary } from "../../conformance/lib/gateway.mjs";

export * from "../../conformance/lib/gateway.mjs";

// One provider behind three tiers; `more` is merged on top.
export const plainConfig = (baseURL, more = {}) => ({
  providers: [{ id: "mock", protocol: "openai", base_url: baseURL, api_key: "sk-upstream-0001" }],
  tiers: { t1: { models: ["mock/small"] }, t2: { models: ["mock/medium"] }, t3: { models: ["mock/large"] } },
  router: { mode: "keyword", default_tier: "t2" },
  ...more,
});

// Models that never rest and a budget that is never spent: each request finds them as the one before it did.
export const tireless = {
  health: { eject_after: 0, cooldowns: { keyword: "0s", empty: "0s", rate_limited: "0s", unauthorized: "0s", longest: "0s" } },
  retry: { budget_floor: 1000 },
};

export const ask = (fields = {}) => JSON.stringify({ model: "auto", messages: [{ role: "user", content: "hi" }], ...fields });

// POST /v1/chat/completions with fetch.
export const chatFetch = (baseURL, fields = {}, { headers = {}, ...init } = {}) =>
  fetch(`${baseURL}/chat/completions`, { method: "POST", headers: { "content-type": "application/json", ...headers }, body: ask(fields), ...init });

// The data of every event of a stream's text.
export const eventsOf = (text) =>
  text
    .split("\n\n")
    .filter((event) => event.startsWith("data: "))
    .map((event) => event.slice(6));

// The form in which the gateway passes on an event stream: what a client decodes from it (WHATWG HTML, "Parsing an event stream"), each
// line of an event's data as `data: <line>`, a blank line behind it, and nothing else. An event that has not ended is none; keep-alives
// (no data, or `event: ping`) are left out.
export function canonical(stream) {
  let out = "";
  let data = [];
  let name = "";
  const lines = stream.replace(/^\ufeff/, "").split(/\r\n|\r|\n/);
  for (const line of lines.slice(0, -1)) {
    if (line === "") {
      if (data.join("").trim() !== "" && name !== "ping") out += data.map((piece) => `data: ${piece}\n`).join("") + "\n";
      data = [];
      name = "";
      continue;
    }
    const [, field, value] = /^([^:]*)(?:: ?(.*))?$/s.exec(line);
    if (field === "data") data.push(value ?? "");
    if (field === "event") name = value ?? "";
  }
  return out;
}

// A provider whose answers are exactly the bytes `answer(socket, request)` writes. Requests are {head, body}.
export async function byteProvider(answer) {
  const sockets = new Set();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    let bytes = Buffer.alloc(0);
    let busy = false;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket)).on("error", () => {});
    socket.on("end", () => busy || socket.end());
    const next = async () => {
      const end = bytes.indexOf("\r\n\r\n");
      if (busy || end < 0) return;
      const head = bytes.subarray(0, end).toString("latin1");
      const length = Number(/^content-length: (\d+)$/im.exec(head)?.[1] ?? 0);
      if (bytes.length < end + 4 + length) return;
      const body = bytes.subarray(end + 4, end + 4 + length).toString();
      bytes = bytes.subarray(end + 4 + length);
      busy = true;
      await answer(socket, { head, body });
      busy = false;
      next();
    };
    socket.on("data", (data) => ((bytes = Buffer.concat([bytes, data])), next()));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    baseURL: `http://127.0.0.1:${server.address().port}/v1`,
    open: () => sockets.size,
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

// Writes and waits for room; false when the other side is gone.
export const writeAll = (socket, bytes) =>
  new Promise((resolve) => {
    if (socket.destroyed) return resolve(false);
    const gone = () => resolve(false);
    socket.once("close", gone);
    socket.write(bytes, (error) => {
      socket.off("close", gone);
      resolve(!error);
    });
  });

// The metrics of an ops port: value("name", {label: "value"}) sums every series that matches.
export async function metricsOf(address) {
  const text = await (await fetch(`http://${address}/metrics`)).text();
  const series = [];
  for (const line of text.split("\n")) {
    const match = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (!match) continue;
    const labels = Object.fromEntries([...(match[2] ?? "").matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map((m) => [m[1], m[2]]));
    series.push({ name: match[1], labels, value: Number(match[3]) });
  }
  const value = (name, labels = {}) =>
    series
      .filter((s) => s.name === name && Object.entries(labels).every(([key, wanted]) => s.labels[key] === wanted))
      .reduce((sum, s) => sum + s.value, 0);
  return { text, series, value };
}

// Resident memory of a process, in bytes.
export const residentBytes = (pid) => Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) * 1024;

// Every regular file below a folder, as [path, bytes].
export function filesBelow(folder) {
  return readdirSync(folder, { recursive: true }).flatMap((name) => {
    const path = join(folder, name);
    // What runs deletes files, too: one that is gone is in no folder any more.
    try {
      return statSync(path).isFile() ? [[path, readFileSync(path)]] : [];
    } catch (error) {
      if (error.code !== "ENOENT") throw error;
      return [];
    }
  });
}

// smartroute-load against a gateway. Resolves with {code, report} when it ends; `ended` says whether it has.
export function startLoad(baseURL, args) {
  const child = spawn(binary("smartroute-load"), ["--url", `${baseURL}/chat/completions`, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let out = "";
  let errors = "";
  child.stdout.on("data", (data) => (out += data));
  child.stderr.on("data", (data) => (errors += data));
  const load = { ended: false };
  load.result = new Promise((resolve, reject) =>
    child.on("close", (code) => {
      load.ended = true;
      try {
        resolve({ code, report: JSON.parse(out) });
      } catch {
        reject(new Error(`smartroute-load ended with ${code} and no report: ${errors}`));
      }
    }),
  );
  return load;
}

export function run(program, args, options = {}) {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: "utf8", ...options });
  return { status, stdout, stderr };
}
