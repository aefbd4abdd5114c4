// The ways to the provider. Each start() gives { url, headers, child, others } and nothing is shared between runs.
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync, existsSync } from "node:fs";
import { createConnection } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { freePort, have, PROXY_CORE, readyFile, RIG_CORE, start, stop, waitFor } from "./rig.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const KEY = "sk-bench-0123456789abcdef";

function fill(template, values, file) {
  const text = readFileSync(join(here, template), "utf8").replace(/@(\w+)@/g, (_, name) => values[name]);
  writeFileSync(file, text);
}

function accepts(address) {
  const [host, port] = address.split(":");
  return new Promise((resolve) => {
    const socket = createConnection({ host, port: Number(port) }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}

async function startPlain({ name, template, values, command, upstream, root }) {
  const dir = mkdtempSync(join(root, `${name}-`));
  const listen = `127.0.0.1:${await freePort()}`;
  const config = join(dir, template);
  fill(template, { DIR: dir, LISTEN: listen, UPSTREAM: upstream, ...values }, config);
  const child = start({ name, command: command(config, dir), core: PROXY_CORE, dir });
  await waitFor(name, () => accepts(listen), { child });
  return { url: `http://${listen}/v1/chat/completions`, headers: [], child, others: [] };
}

async function startSmartRoute({ bin, upstream, root }) {
  const dir = mkdtempSync(join(root, "smartroute-"));
  const config = join(dir, "smartroute.yaml");
  fill("smartroute.yaml", { KEY, UPSTREAM: upstream }, config);
  for (const sub of ["control", "proxy"]) mkdirSync(join(dir, sub), { mode: 0o700 });
  const controlReady = join(dir, "control.json");
  const control = start({
    name: "control",
    // On the core of the mock and the load generator, in what time they leave: elsewhere it would have a core of its own.
    command: ["chrt", "-i", "0", join(bin, "smartroute-control"), "--state", join(dir, "control"), "--admin", "127.0.0.1:0",
      "--grpc", `unix:${join(dir, "grpc.sock")}`, "--ops", "127.0.0.1:0", "--config", config, "--ready-file", controlReady],
    core: RIG_CORE,
    dir,
  });
  const { grpc } = await waitFor("smartroute-control", readyFile(controlReady), { child: control });
  const proxyReady = join(dir, "proxy.json");
  const child = start({
    name: "proxy",
    command: [join(bin, "smartroute-proxy"), "--listen", "127.0.0.1:0", "--ops", "127.0.0.1:0", "--control", grpc,
      "--state", join(dir, "proxy"), "--workers", "1", "--ready-file", proxyReady],
    core: PROXY_CORE,
    dir,
  });
  const ready = await waitFor("smartroute-proxy", readyFile(proxyReady), { child });
  const url = `http://${ready.listen}/v1/chat/completions`;
  const body = JSON.stringify({ model: "auto", messages: [{ role: "user", content: "are you there" }] });
  await waitFor("a first answer through smartroute-proxy", async () => {
    const answer = await fetch(url, { method: "POST", body, headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json" } })
      .catch(() => null);
    await answer?.arrayBuffer();
    return answer?.status === 200;
  }, { child });
  return { url, headers: [`Authorization: Bearer ${KEY}`], child, others: [control], ops: ready.proxy_ops };
}

// Optional ways are taken when asked for by name. `missing` says why a way cannot be taken on this machine; null when it can.
export function ways({ bin, upstream, root }) {
  return [
    {
      name: "direct",
      missing: null,
      start: async () => ({ url: `http://${upstream}/v1/chat/completions`, headers: [], child: null, others: [] }),
    },
    // nginx reads an answer in pieces of its buffer size: 4k is its default, 32k takes a burst of events in one.
    ...[["nginx", "4k"], ["nginx-32k", "32k"]].map(([name, buffer]) => ({
      name,
      optional: name !== "nginx",
      missing: have("nginx") ? null : "nginx is not installed",
      start: () => startPlain({ name, template: "nginx.conf", values: { BUFFER: buffer }, upstream, root,
        command: (config, dir) => ["nginx", "-c", config, "-p", dir, "-e", join(dir, "nginx.error.log")] }),
    })),
    {
      name: "haproxy",
      missing: have("haproxy") ? null : "haproxy is not installed",
      start: () => startPlain({ name: "haproxy", template: "haproxy.cfg", upstream, root,
        command: (config) => ["haproxy", "-db", "-f", config] }),
    },
    {
      name: "smartroute",
      missing: ["smartroute-proxy", "smartroute-control"].every((program) => existsSync(join(bin, program)))
        ? null : `no smartroute-proxy and smartroute-control in ${bin}`,
      start: () => startSmartRoute({ bin, upstream, root }),
    },
  ];
}

export async function stopWay(running) {
  await stop(running.child);
  for (const other of running.others) await stop(other);
}

export async function startMock({ bin, root }) {
  const ready = join(root, "mock.json");
  const child = start({
    name: "mock",
    command: [join(bin, "smartroute-mock-provider"), "--listen", "127.0.0.1:0", "--no-record", "--ready-file", ready],
    core: RIG_CORE,
    dir: root,
  });
  const { listen } = await waitFor("smartroute-mock-provider", readyFile(ready), { child });
  return { child, listen };
}
