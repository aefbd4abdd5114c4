// A small cluster's network: namespaces that hang on one bridge, each with an address of its own and a loopback that nobody else sees.
//
// It is made inside namespaces that this process enters first, so that nothing of it touches the machine, no privilege is needed where the
// kernel lets users have namespaces, and all of it is gone when the last process is.
import { execFileSync, spawnSync } from "node:child_process";

const entered = "SMARTROUTE_TEST_NETWORK";
const subnet = "10.77.0";
const run = (program, ...args) => execFileSync(program, args, { stdio: ["ignore", "pipe", "pipe"], encoding: "utf8" });

// Runs this very test file again inside; never returns outside. Undefined when it is inside; else why it cannot be.
export function enterNamespaces() {
  if (process.env[entered]) return undefined;
  const inside = ["--user", "--map-root-user", "--net", "--mount", "--propagation", "private"];
  const possible = spawnSync("unshare", [...inside, "sh", "-c", "mount -t tmpfs tmpfs /run && ip link set lo up"], { encoding: "utf8" });
  if (possible.status !== 0) return `no network namespaces here: ${possible.error?.message ?? possible.stderr.trim()}`;
  const { status } = spawnSync("unshare", [...inside, process.execPath, ...process.execArgv, process.argv[1]], { stdio: "inherit", env: { ...process.env, [entered]: "1" } });
  process.exit(status ?? 1);
}

export class Network {
  #next = 2;
  constructor() {
    run("mount", "-t", "tmpfs", "tmpfs", "/run");
    run("ip", "link", "set", "lo", "up");
    run("ip", "link", "add", "bridge", "type", "bridge");
    run("ip", "address", "add", `${subnet}.1/24`, "dev", "bridge");
    run("ip", "link", "set", "bridge", "up");
  }

  // {name, address, wrap, cut(), join()}: `wrap` is what a program is started by to run in there.
  host(name) {
    const address = `${subnet}.${this.#next++}`;
    run("ip", "netns", "add", name);
    run("ip", "link", "add", `to-${name}`, "type", "veth", "peer", "name", "eth0", "netns", name);
    run("ip", "link", "set", `to-${name}`, "master", "bridge", "up");
    const within = (...args) => run("ip", "-n", name, ...args);
    within("link", "set", "lo", "up");
    within("address", "add", `${address}/24`, "dev", "eth0");
    within("link", "set", "eth0", "up");
    const link = (state) => run("ip", "link", "set", `to-${name}`, state);
    return { name, address, wrap: ["nsenter", `--net=/run/netns/${name}`], cut: () => link("down"), join: () => link("up") };
  }
}
