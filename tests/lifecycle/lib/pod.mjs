// A pod as the kubelet runs it: an application and its sidecar in one network namespace, started and stopped in the order of the manifests.
import { once } from "node:events";
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { Proxy, until } from "../../integration/lib/world.mjs";

const applicationFile = fileURLToPath(new URL("application.mjs", import.meta.url));
const probePeriodMs = 50; // a second in the manifests
export const ports = { api: 8080, ops: 8081 };

class Application {
  lines = [];
  constructor(host) {
    const [program, ...args] = [...host.wrap, process.execPath, applicationFile, `http://127.0.0.1:${ports.api}/v1`];
    this.process = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
    this.ended = once(this.process, "close");
    createInterface({ input: this.process.stdout }).on("line", (line) => this.lines.push(JSON.parse(line)));
  }

  #id = 0;
  // Sends an order, {do: "ask" | "streams", ...}; what the application says of it.
  async order(order) {
    const id = ++this.#id;
    this.process.stdin.write(`${JSON.stringify({ id, ...order })}\n`);
    return until(`the application has done ${order.do}`, () => this.lines.find((line) => line.id === id), 120_000);
  }

  async stop() {
    if (this.process.exitCode !== null) return;
    this.process.kill("SIGTERM");
    await this.ended;
  }
}

export class Pod {
  // `control`: HOST:PORT of the control plane. `args`: more flags of the sidecar.
  constructor(folder, host, control, { args = [] } = {}) {
    this.host = host;
    this.sidecar = new Proxy(folder, host.name, control, { wrap: host.wrap, listen: `127.0.0.1:${ports.api}`, args: [] });
    const argsOf = this.sidecar.argsOf;
    // The application's side is the pod's loopback; probes and Prometheus come from outside.
    this.sidecar.argsOf = () => argsOf({ listen: `127.0.0.1:${ports.api}`, proxy_ops: `${host.address}:${ports.ops}` }).concat(args);
  }

  // Status of a probe as the kubelet asks it; 0 while nobody answers.
  probe(path) {
    return fetch(`http://${this.host.address}:${ports.ops}${path}`, { signal: AbortSignal.timeout(1_000) }).then(({ status }) => status, () => 0);
  }

  startSidecar() {
    this.sidecar.spawn();
  }

  // Native sidecar: the application starts once the start-up probe has passed. How often it was asked before.
  async startApplication({ giveUpAfter = 600 } = {}) {
    for (let asked = 1; asked <= giveUpAfter; ++asked) {
      if ((await this.probe("/startupz")) === 200) {
        this.application = new Application(this.host);
        return asked;
      }
      await pause(probePeriodMs);
    }
    return undefined;
  }

  // Ends the pod. `order`: "native": the application first, then its sidecar; "plain": both at once. What is left after the grace is killed.
  // {killed, ms} of the sidecar.
  async stop(graceMs, order = "native") {
    const begun = performance.now();
    const left = () => Math.max(0, graceMs - (performance.now() - begun));
    if (order === "native") await Promise.race([this.application?.stop(), pause(left(), undefined, { ref: false })]);
    const application = this.application?.stop();
    this.sidecar.process.kill("SIGTERM");
    const end = await Promise.race([this.sidecar.ended, pause(left(), "late", { ref: false })]);
    const ms = performance.now() - begun;
    if (end === "late") {
      this.sidecar.process.kill("SIGKILL");
      await this.sidecar.ended;
    }
    await application;
    return { killed: end === "late", end, ms };
  }
}
