// A whole gateway for tests: mock providers, the control plane, proxies; real processes on loopback, every port picked by the
// system, all state in a folder that is deleted at the end.
//
//   const gateway = useGateway({ mocks: ["a", "b"], config: ({ a, b }) => ({ providers: [...] }) });
//   test("...", async () => { ... gateway.baseURL ... gateway.mocks.a.requests() ... });
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before } from "node:test";

import { Child, until } from "./child.mjs";

export { Child, binary, until } from "./child.mjs";

async function json(response) {
  const text = await response.text();
  if (!response.ok) throw Object.assign(new Error(`${response.url}: ${response.status} ${text}`), { status: response.status, text });
  return JSON.parse(text);
}

// smartroute-mock-provider. Behaviours: tools/mock_provider/behaviour.hpp.
export class Mock extends Child {
  // `script`: {default: behaviour, models: {name: behaviour}}; `args`: more flags, such as --tls-cert.
  constructor(folder, name, { script = {}, args = [], scheme = "http" } = {}) {
    const scriptFile = join(folder, `${name}.script.json`);
    writeFileSync(scriptFile, JSON.stringify(script));
    const readyFile = join(folder, `${name}.ready.json`);
    super({
      name: `mock ${name}`,
      program: "smartroute-mock-provider",
      readyFile,
      argsOf: (ready) => ["--listen", ready?.listen ?? "127.0.0.1:0", "--ready-file", readyFile, "--script", scriptFile, ...args],
    });
    this.scheme = scheme;
  }

  get origin() {
    return `${this.scheme}://${this.ready.listen}`;
  }

  // What a provider of the configuration calls base_url.
  get baseURL() {
    return `${this.origin}/v1`;
  }

  #ask(path, init) {
    return fetch(`${this.origin}/__mock/${path}`, init).then(json);
  }

  // [{method, path, headers: [[name, value]], body, body_bytes}], oldest first.
  requests() {
    return this.#ask("requests");
  }

  clear() {
    return this.#ask("requests", { method: "DELETE" });
  }

  // {total, aborted, active, connections, open_connections, per_model}
  stats() {
    return this.#ask("stats");
  }

  script(script) {
    return this.#ask("script", { method: "PUT", body: JSON.stringify(script) });
  }
}

export class Control extends Child {
  // `configFile`: owns the configuration; without one it is put through the admin API.
  constructor(folder, { configFile, args = [], env } = {}) {
    const state = join(folder, "control");
    const readyFile = join(folder, "control.ready.json");
    super({
      name: "control plane",
      program: "smartroute-control",
      readyFile,
      env,
      argsOf: (ready) => [
        ...["--state", state, "--ready-file", readyFile],
        ...["--admin", ready?.admin ?? "127.0.0.1:0", "--ops", ready?.control_ops ?? "127.0.0.1:0"],
        ...(ready ? ["--grpc", ready.grpc] : []),
        ...(configFile ? ["--config", configFile] : []),
        ...args,
      ],
    });
    this.state = state;
  }

  get token() {
    return readFileSync(this.ready.admin_token_file, "utf8").trim();
  }

  // call("ConfigService/GetConfig", {...}): the answer, or an Error with status and text.
  call(method, message = {}, { token = this.token } = {}) {
    return fetch(`http://${this.ready.admin}/smartroute.admin.v1.${method}`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
      body: JSON.stringify(message),
    }).then(json);
  }

  // Newest revision, 0 while there is none.
  async newest() {
    const { newestRevision = 0 } = await this.call("FleetService/ListInstances");
    return Number(newestRevision);
  }

  // Writes a new revision; its number.
  async putConfig(config, { base, note = "test" } = {}) {
    const text = typeof config === "string" ? config : JSON.stringify(config);
    const { revision } = await this.call("ConfigService/PutConfig", {
      source: { text },
      baseRevision: String(base ?? (await this.newest())),
      note,
    });
    return Number(revision.number);
  }

  // The fleet table, numbers as numbers.
  async instances() {
    const { instances = [] } = await this.call("FleetService/ListInstances");
    return instances.map((row) => ({
      ...row,
      connected: row.connected ?? false,
      appliedRevision: Number(row.appliedRevision ?? 0),
      rejectedRevision: Number(row.rejectedRevision ?? 0),
    }));
  }
}

export class Proxy extends Child {
  stopSignal = "SIGINT"; // on SIGTERM it would go on accepting for a while

  // `grpc`: where the control plane listens, or a function that says so. `wrap`: see Child.
  constructor(folder, name, grpc, { args = [], env, wrap, listen = "127.0.0.1:0" } = {}) {
    const state = join(folder, name);
    const readyFile = join(folder, `${name}.ready.json`);
    super({
      name,
      program: "smartroute-proxy",
      readyFile,
      env,
      wrap,
      argsOf: (ready) => [
        ...["--listen", ready?.listen ?? listen, "--ops", ready?.proxy_ops ?? "127.0.0.1:0"],
        ...["--control", typeof grpc === "function" ? grpc() : grpc],
        ...["--state", state, "--ready-file", readyFile, "--instance-id", name],
        ...args,
      ],
    });
    this.state = state;
  }

  get origin() {
    return `http://${this.ready.listen}`;
  }

  get baseURL() {
    return `${this.origin}/v1`;
  }

  ops(path) {
    return fetch(`http://${this.ready.proxy_ops}${path}`);
  }
}

// options:
//   mocks     names, or {name: {script, args, scheme}}
//   config    the document, or a function of the started mocks {name: Mock}
//   owner     "file": a file owns the configuration; "admin" (default): it is put through the admin API
//   proxies   how many (default 1); controlArgs, proxyArgs: more flags; env: more variables for both planes
export class Gateway {
  constructor(options) {
    this.options = { mocks: ["mock"], proxies: 1, owner: "admin", controlArgs: [], proxyArgs: [], env: {}, ...options };
    this.folder = mkdtempSync(join(tmpdir(), "smartroute-test-"));
    this.mocks = {};
    this.proxies = [];
  }

  async start() {
    const { mocks, config, owner, proxies, controlArgs, proxyArgs, env } = this.options;
    const wanted = Array.isArray(mocks) ? mocks.map((name) => [name, {}]) : Object.entries(mocks);
    for (const [name, settings] of wanted) this.mocks[name] = new Mock(this.folder, name, settings);
    await Promise.all(Object.values(this.mocks).map((mock) => mock.start()));
    const document = typeof config === "function" ? await config(this.mocks) : config;
    if (owner === "file") this.#writeFile(document);
    this.control = new Control(this.folder, { configFile: owner === "file" ? this.configFile : undefined, args: controlArgs, env });
    await this.control.start();
    if (owner === "admin" && document !== undefined) await this.control.putConfig(document);
    const grpc = () => this.control.ready.grpc;
    for (let i = 1; i <= proxies; ++i) this.proxies.push(new Proxy(this.folder, `proxy-${i}`, grpc, { args: proxyArgs, env }));
    if (document !== undefined) await Promise.all(this.proxies.map((proxy) => proxy.start()));
    return this;
  }

  get configFile() {
    return join(this.folder, "gateway.yaml");
  }

  get proxy() {
    return this.proxies[0];
  }

  get baseURL() {
    return this.proxy.baseURL;
  }

  #writeFile(config) {
    const draft = `${this.configFile}.draft`;
    writeFileSync(draft, typeof config === "string" ? config : JSON.stringify(config, null, 1));
    renameSync(draft, this.configFile);
  }

  // Gives the gateway another configuration by way of its owner, and waits until every running proxy serves with it.
  async setConfig(config) {
    const document = typeof config === "function" ? await config(this.mocks) : config;
    const before = await this.control.newest();
    if (this.options.owner === "file") {
      this.#writeFile(document);
      await until("the file became a revision", async () => (await this.control.newest()) > before);
    } else {
      await this.control.putConfig(document, { base: before });
    }
    const revision = await this.control.newest();
    await this.untilApplied(revision);
    return revision;
  }

  async untilApplied(revision) {
    const names = this.proxies.filter((proxy) => proxy.running).map((proxy) => proxy.name);
    await until(`revision ${revision} is applied by ${names}`, async () => {
      const rows = await this.control.instances();
      return names.every((name) => rows.some((row) => row.instanceId === name && row.connected && row.appliedRevision >= revision));
    });
  }

  get children() {
    return [...this.proxies, this.control, ...Object.values(this.mocks)].filter(Boolean);
  }

  logs() {
    return this.children.map((child) => `--- ${child.name} ${JSON.stringify(child.exit ?? "running")}\n${child.log}`).join("\n");
  }

  // Proxies first. An error when one of them had ended badly, or does so now.
  async stop() {
    const bad = [];
    for (const child of this.children) {
      const wasKilled = !child.running && child.exit?.signal === "SIGKILL";
      const end = await child.stop().catch((error) => ({ error }));
      if (end && !wasKilled && (end.error || end.code !== 0)) bad.push(`${child.name}: ${end.error?.message ?? JSON.stringify(end)}`);
    }
    const logs = bad.length > 0 && this.logs();
    rmSync(this.folder, { recursive: true, force: true });
    if (bad.length > 0) throw new Error(`ended badly: ${bad.join("; ")}\n${logs}`);
  }
}

export async function startGateway(options) {
  const gateway = new Gateway(options);
  try {
    return await gateway.start();
  } catch (error) {
    await gateway.stop().catch(() => {});
    throw error;
  }
}

// A gateway for all tests of the file (or of the surrounding describe). What its processes said is printed when a test fails.
export function useGateway(options) {
  const gateway = new Gateway(options);
  before(() => gateway.start());
  after(() => gateway.stop());
  afterEach((t) => {
    if (t.passed === false || t.error) console.error(`${t.name} failed; what the processes said:\n${gateway.logs()}`);
  });
  return gateway;
}
