// A network of its own: every address of the world, IPv4 and IPv6, is this machine, so that whoever is connected to is seen; and names are
// answered by a server inside.
import { spawn, spawnSync } from "node:child_process";

// The kinds of namespaces that this machine lets us make; undefined: none.
const flags = ["-Urnm", "-nm"].find((some) => spawnSync("unshare", [some, "ip", "link", "set", "lo", "up"]).status === 0);
export const reasonWhyNot = flags ? false : "needs unshare(1) and ip(8), and leave to make a network namespace";

const setUp = [
  "ip link set lo up",
  "ip route add local 0.0.0.0/0 dev lo",
  "(ip -6 route add local ::/0 dev lo || true)",
  'mount --bind "$0" /etc/resolv.conf',
  'exec "$@"',
].join(" && ");

// Runs `program args...` inside; its standard output as text. An error if it ends badly.
export async function runInside(resolvConf, program, args, { timeoutMs = 120_000 } = {}) {
  // Not a test of this run: a program that a test starts.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const child = spawn("unshare", [flags, "sh", "-c", setUp, resolvConf, program, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
  let out = "";
  let errors = "";
  child.stdout.setEncoding("utf8").on("data", (data) => (out += data));
  child.stderr.setEncoding("utf8").on("data", (data) => (errors += data));
  const timer = setTimeout(() => child.kill("SIGKILL"), timeoutMs);
  const code = await new Promise((resolve) => child.on("close", resolve));
  clearTimeout(timer);
  if (code !== 0) throw new Error(`${program} ended with ${code}:\n${errors}\n${out.slice(-2000)}`);
  return out;
}
