// smartroute-fault-proxy as a child process, and its plans. What plans can say: smartroute-fault-proxy --help.
//
//   const wire = await startFaultProxy(folder, "wire", mock.ready.listen);
//   ... base_url: wire.baseURL ...
//   await wire.plan({ response: { fault: "cut", at: 100, from: "body" } });
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { Child } from "../../conformance/lib/child.mjs";

export class FaultProxy extends Child {
  // `upstream`: HOST:PORT. scope "connection": a plan for each connection; "request": one for each request, which may bring its own (see
  // `fault` below, with this proxy's name). `plan`: a plan or a document of them; `args`: more flags; `log`: file for the drawn plans.
  constructor(folder, name, upstream, { scope = "connection", plan = {}, log, args = [] } = {}) {
    const readyFile = join(folder, `${name}.fault.ready.json`);
    const planFile = join(folder, `${name}.fault.plan.json`);
    writeFileSync(planFile, JSON.stringify(plan));
    super({
      name: `fault proxy ${name}`,
      program: "smartroute-fault-proxy",
      readyFile,
      argsOf: (ready) => [
        ...["--listen", ready?.listen ?? "127.0.0.1:0", "--control", ready?.control.split(":").at(-1) ?? "0"],
        ...["--upstream", upstream, "--name", name, "--scope", scope, "--plan", planFile, "--ready-file", readyFile],
        ...(log ? ["--log", log] : []),
        ...args,
      ],
    });
  }

  // What a provider of the configuration calls base_url.
  get baseURL() {
    return `http://${this.ready.listen}/v1`;
  }

  async #ask(method, path, body) {
    const response = await fetch(`http://${this.ready.control}/${path}`, { method, body });
    const text = await response.text();
    if (!response.ok) throw new Error(`${this.name}: ${method} /${path}: ${response.status} ${text}`);
    return JSON.parse(text);
  }

  // Holds for connections (requests) from now on.
  plan(document) {
    return this.#ask("PUT", "plan", JSON.stringify(document));
  }

  // {connections, open, requests, upstream_failed, request_bytes, response_bytes, faults: {cut: 3, ...}}
  counters() {
    return this.#ask("GET", "counters");
  }

  // Counters and numbering begin again.
  reset() {
    return this.#ask("POST", "reset");
  }

  // RST on every open connection, both sides.
  drop() {
    return this.#ask("POST", "drop");
  }

  // False: connecting is refused from now on, and the port stays taken.
  listening(open) {
    return this.#ask("PUT", "listening", String(open));
  }
}

export async function startFaultProxy(folder, name, upstream, options) {
  const proxy = new FaultProxy(folder, name, upstream, options);
  await proxy.start();
  return proxy;
}

// Text for a message: the fault proxy `name` (scope "request") treats this request by `plan`. No "]]" may lie in it.
export const fault = (name, plan) => `[[fault ${name}: ${JSON.stringify(plan)}]]`;

// Text for a message, to stand last in it: the mock provider answers by `script`, a behaviour or {models: {name: behaviour}}.
export const mock = (script) => `[[mock: ${JSON.stringify(script)}]]`;
