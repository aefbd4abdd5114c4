// Processes on their cores, and what the kernel says about them.
import { spawn, spawnSync } from "node:child_process";
import { closeSync, existsSync, openSync, readdirSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

export const RIG_CORE = 0;
export const PROXY_CORE = 1;

const children = new Set();

// Ends only what this run started, workers of masters included.
export function stopAll() {
  for (const child of children) {
    for (const pid of family(child.pid)) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // ended by itself
      }
    }
  }
}

export function have(program) {
  return spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;
}

export function start({ name, command, core, dir }) {
  const log = openSync(join(dir, `${name}.log`), "a");
  const child = spawn(
    "sh",
    ["-c", `ulimit -n $(ulimit -Hn); exec taskset -c ${core} "$@"`, name, ...command],
    { stdio: ["ignore", log, log], cwd: dir },
  );
  closeSync(log);
  children.add(child);
  child.ended = new Promise((resolve) => child.on("exit", (code, signal) => {
    children.delete(child);
    child.gone = true;
    resolve(code ?? signal);
  }));
  child.logFile = join(dir, `${name}.log`);
  return child;
}

export async function stop(child) {
  if (!child || child.gone) return;
  child.kill("SIGINT"); // on SIGTERM a proxy of ours would go on accepting for a while
  const late = sleep(8000, "late", { ref: false });
  if ((await Promise.race([child.ended, late])) === "late") child.kill("SIGKILL");
  await child.ended;
}

// Runs a program to its end and returns its standard output; `onLine` sees each line as it comes.
export function run(command, { core, batch = false, onLine } = {}) {
  return new Promise((resolve, reject) => {
    const policy = batch && have("chrt") ? ["chrt", "-b", "0"] : [];
    const child = spawn("taskset", ["-c", String(core), ...policy, ...command], { stdio: ["ignore", "pipe", "pipe"] });
    children.add(child);
    let out = "";
    let errors = "";
    let seen = 0;
    child.stdout.on("data", (data) => {
      out += data;
      for (let end; onLine && (end = out.indexOf("\n", seen)) >= 0; seen = end + 1) onLine(out.slice(seen, end));
    });
    child.stderr.on("data", (data) => (errors += data));
    child.on("error", reject);
    child.on("close", (code) => {
      children.delete(child);
      resolve({ code, out, errors });
    });
  });
}

// In a closed loop the load generator and the mock provider share core 0 and would preempt each other at every
// message; as batch tasks they take turns, which makes the rig about a tenth faster.
export function setBatch(pid, on) {
  if (have("chrt")) spawnSync("chrt", ["-a", on ? "-b" : "-o", "-p", "0", String(pid)]);
}

export async function freePort() {
  const server = createServer();
  await new Promise((resolve, reject) => server.listen(0, "127.0.0.1", resolve).on("error", reject));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export async function waitFor(what, condition, { child, seconds = 20 } = {}) {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const value = await condition();
    if (value) return value;
    const log = child && existsSync(child.logFile) ? `\n${readFileSync(child.logFile, "utf8").slice(-2000)}` : "";
    if (child?.gone) throw new Error(`${what}: the process ended${log}`);
    if (Date.now() > deadline) throw new Error(`${what}: not within ${seconds} s${log}`);
    await sleep(20);
  }
}

export function readyFile(path) {
  return () => {
    if (!existsSync(path) || statSync(path).size === 0) return null;
    try {
      return JSON.parse(readFileSync(path, "utf8"));
    } catch {
      return null;
    }
  };
}

function read(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

// The process and all its descendants (nginx has a master and a worker).
export function family(pid) {
  const found = [pid];
  for (const parent of found) {
    for (const task of listTasks(parent)) {
      found.push(...read(`/proc/${parent}/task/${task}/children`).split(" ").filter(Boolean).map(Number));
    }
  }
  return found;
}

function listTasks(pid) {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

const TICK_NS = 1e9 / Number(spawnSync("getconf", ["CLK_TCK"]).stdout || 100);

// Run time of each thread: exact nanoseconds from schedstat, and clock ticks split in user and system from stat.
export function cpuSample(pid) {
  const threads = new Map();
  for (const member of family(pid)) {
    for (const task of listTasks(member)) {
      const exact = Number(read(`/proc/${member}/task/${task}/schedstat`).split(" ")[0] || 0);
      const fields = read(`/proc/${member}/task/${task}/stat`).split(") ").pop().split(" ");
      threads.set(task, { exact, user: Number(fields[11] || 0), system: Number(fields[12] || 0) });
    }
  }
  return threads;
}

// Nanoseconds between two samples. `source` says which clock the total came from.
export function cpuBetween(before, after) {
  let exact = 0;
  let user = 0;
  let system = 0;
  for (const [task, now] of after) {
    const then = before.get(task) ?? { exact: 0, user: 0, system: 0 };
    exact += now.exact - then.exact;
    user += (now.user - then.user) * TICK_NS;
    system += (now.system - then.system) * TICK_NS;
  }
  return exact > 0
    ? { total: exact, user, system, source: "schedstat" }
    : { total: user + system, user, system, source: "stat" };
}

// Busy and all time of a core, in ticks.
export function coreSample(core) {
  const line = read("/proc/stat").split("\n").find((text) => text.startsWith(`cpu${core} `)) ?? "";
  const ticks = line.split(/\s+/).slice(1).map(Number);
  const all = ticks.slice(0, 8).reduce((sum, value) => sum + value, 0);
  return { all, busy: all - ticks[3] - ticks[4] };
}

export function coreBusy(before, after) {
  return after.all > before.all ? (after.busy - before.busy) / (after.all - before.all) : 0;
}

// Resident memory in bytes, of the process and its descendants.
export function residentBytes(pid) {
  let sum = 0;
  for (const member of family(pid)) {
    sum += Number(/VmRSS:\s+(\d+)/.exec(read(`/proc/${member}/status`))?.[1] ?? 0) * 1024;
  }
  return sum;
}

export function environment() {
  const first = (pattern, path) => pattern.exec(read(path))?.[1]?.trim() ?? "?";
  const version = (command, pattern) => {
    const { stdout, stderr } = spawnSync(command[0], command.slice(1), { encoding: "utf8" });
    return pattern.exec(`${stdout ?? ""}${stderr ?? ""}`)?.[1] ?? "absent";
  };
  return {
    cpu: first(/model name\s*:\s*(.*)/, "/proc/cpuinfo"),
    cores: readFileSync("/proc/cpuinfo", "utf8").match(/^processor/gm).length,
    kernel: read("/proc/sys/kernel/osrelease").trim(),
    congestion_control: read("/proc/sys/net/ipv4/tcp_congestion_control").trim(),
    nginx: version(["nginx", "-v"], /nginx\/(\S+)/),
    haproxy: version(["haproxy", "-v"], /version (\S+)/),
    node: process.version,
  };
}
