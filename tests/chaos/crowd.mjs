// What the fault matrix needs again and again: many clients at once, and what a process and its sockets hold.
import { execFileSync, spawn } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

// Runs `work(i)` for i below `count`, at most `width` at a time.
export async function crowd(count, width, work) {
  let next = 0;
  const results = new Array(count);
  const one = async () => {
    while (next < count) {
      const i = next++;
      results[i] = await work(i);
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, count) }, one));
  return results;
}

export const descriptors = (pid) => readdirSync(`/proc/${pid}/fd`).length;

// Seconds of CPU a process has used.
export function cpuSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\) /s, "").split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

// The soft limit of open files of a running process; the hard one stays.
export function limitDescriptors(pid, soft) {
  execFileSync("prlimit", ["--pid", String(pid), `--nofile=${soft}:`]);
}
export function descriptorLimit(pid) {
  return Number(/^Max open files\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/limits`, "utf8"))[1]);
}

// Bytes in the kernel's queues of sockets on 127.0.0.1 with these ports (either may be left out), summed up: {sent, received}, sent and not
// yet taken by the other end, and received and not yet read.
export function queued({ local, remote }) {
  const is = (address, port) => port === undefined || parseInt(address.slice(address.indexOf(":") + 1), 16) === port;
  const sum = { sent: 0, received: 0 };
  for (const line of readFileSync("/proc/net/tcp", "utf8").trim().split("\n").slice(1)) {
    const [, from, to, state, queues] = line.trim().split(/\s+/);
    if (state === "0A" || !is(from, local) || !is(to, remote)) continue; // 0A: listening
    const [sent, received] = queues.split(":").map((text) => parseInt(text, 16));
    sum.sent += sent;
    sum.received += received;
  }
  return sum;
}

// Milliseconds of each of a row of calls, and whether they all went well.
export async function timed(count, call) {
  const times = [];
  for (let i = 0; i < count; ++i) {
    const begun = performance.now();
    await call(i);
    times.push(performance.now() - begun);
  }
  return times;
}

export const portOf = (address) => Number(address.slice(address.lastIndexOf(":") + 1));

// An address where a connection neither succeeds nor fails: its backlog is full and nobody ever accepts.
export async function blackhole() {
  const source = "const s=require('net').createServer().listen({port:0,host:'127.0.0.1',backlog:1},()=>{require('fs').writeSync(1,String(s.address().port));Atomics.wait(new Int32Array(new SharedArrayBuffer(4)),0,0)})";
  const child = spawn(process.execPath, ["-e", source], { stdio: ["ignore", "pipe", "inherit"] });
  const port = Number(await new Promise((resolve) => child.stdout.once("data", resolve)));
  const fill = Array.from({ length: 8 }, () => connect({ host: "127.0.0.1", port }).on("error", () => {}));
  await pause(50);
  return { port, close: () => (fill.forEach((socket) => socket.destroy()), child.kill("SIGKILL")) };
}
