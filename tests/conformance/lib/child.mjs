// One of our programs as a child process: started, awaited by its ready file, stopped, killed, started again at the same addresses.
import { spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const root = resolve(fileURLToPath(new URL("../../../", import.meta.url)));
const startDeadlineMs = 30_000;
const stopDeadlineMs = 45_000;
const pollMs = 10;
const keptLogBytes = 256 * 1024;
const living = new Set();

process.on("exit", () => {
  for (const process of living) process.kill("SIGKILL");
});

function binFolder() {
  const named = process.env.SMARTROUTE_BIN;
  const folders = named ? [resolve(named)] : [join(root, "build/release/bin"), join(root, "build/dev/bin")];
  const found = folders.find((folder) => existsSync(join(folder, "smartroute-proxy")));
  if (!found) throw new Error(`no smartroute-proxy in ${folders.join(" or ")}: run tools/build, or set SMARTROUTE_BIN`);
  return found;
}

export const binary = (name) => join(binFolder(), name);

// Polls `look` until it gives something else than undefined and false. An error of `look` ends the wait.
export async function until(what, look, deadlineMs = startDeadlineMs) {
  const end = performance.now() + deadlineMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > end) throw new Error(`waited ${deadlineMs} ms in vain: ${what}`);
    await pause(pollMs);
  }
}

// What a child sees of this environment: no keys, no settings of another gateway.
function cleanEnvironment(more) {
  const kept = Object.entries(process.env).filter(([name]) => !/^SMARTROUTE_|_API_KEY$|_BASE_URL$|_proxy$/i.test(name));
  // Who is not root could not look into /proc of a process that closes its memory.
  const open = process.getuid() === 0 ? {} : { SMARTROUTE_CORE_DUMPS: "allow" };
  return { ...Object.fromEntries(kept), ...open, ...more };
}

export class Child {
  stopSignal = "SIGTERM"; // what stop() sends unless told otherwise

  // `argsOf(ready)` gives the arguments; `ready` is what the ready file said last time, undefined at the first start, so that a
  // restarted program can be asked to take its old addresses again. `wrap`: a program and its arguments that become ours by exec.
  constructor({ name, program, argsOf, readyFile, env = {}, wrap = [] }) {
    Object.assign(this, { name, program, argsOf, readyFile, env, wrap });
    this.log = "";
    this.ready = undefined;
    this.process = undefined;
    this.exit = undefined; // {code, signal} once it has ended
  }

  get pid() {
    return this.process?.pid;
  }

  get running() {
    return this.process !== undefined && this.exit === undefined;
  }

  // Starts it without waiting until it is ready; `untilReady` does.
  spawn() {
    rmSync(this.readyFile, { force: true });
    this.exit = undefined;
    const [program, ...args] = [...this.wrap, binary(this.program), ...this.argsOf(this.ready)];
    const process = spawn(program, args, {
      env: cleanEnvironment(this.env),
      stdio: ["ignore", "pipe", "pipe"],
    });
    living.add(process);
    this.process = process;
    const keep = (bytes) => (this.log = (this.log + bytes).slice(-keptLogBytes));
    process.stdout.setEncoding("utf8").on("data", keep);
    process.stderr.setEncoding("utf8").on("data", keep);
    this.ended = new Promise((resolve) => {
      process.on("error", (error) => keep(`${error}\n`));
      process.on("close", (code, signal) => {
        living.delete(process);
        if (this.process === process) this.exit = { code, signal };
        resolve({ code, signal });
      });
    });
  }

  async untilReady() {
    this.ready = await until(`${this.name} is ready`, () => {
      if (this.exit) throw new Error(`${this.name} ended before it was ready: ${JSON.stringify(this.exit)}\n${this.log}`);
      return existsSync(this.readyFile) && JSON.parse(readFileSync(this.readyFile, "utf8"));
    }).catch((error) => {
      throw new Error(`${error.message}\n${this.log}`);
    });
    return this.ready;
  }

  async start() {
    this.spawn();
    return this.untilReady();
  }

  // Asks it to drain; {code, signal} of its end. One that does not end in time is killed, and that is an error.
  async stop(signal = this.stopSignal) {
    if (!this.running) return this.exit;
    const stuck = setTimeout(() => this.process.kill("SIGKILL"), stopDeadlineMs);
    this.process.kill(signal);
    const end = await this.ended;
    clearTimeout(stuck);
    if (end.signal === "SIGKILL" && signal !== "SIGKILL") throw new Error(`${this.name} did not stop in ${stopDeadlineMs} ms\n${this.log}`);
    return end;
  }

  // kill -9
  kill() {
    return this.stop("SIGKILL");
  }

  async restart(signal = this.stopSignal) {
    await this.stop(signal);
    return this.start();
  }
}

// A port where nobody listens: one the system gave and took back.
export async function freePort() {
  const server = createServer();
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}
