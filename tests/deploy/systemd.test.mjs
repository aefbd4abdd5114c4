// The services under a real systemd: it boots in namespaces of its own (processes, mounts, network, control groups), in a copy of this system
// with the package installed, and starts both units with everything that confines them.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after, before } from "node:test";

import { asRoot, debianPackage, needsRoot, run, start, until } from "./lib/build_under_test.mjs";

const scratch = asRoot ? mkdtempSync(join(tmpdir(), "smartroute-systemd-")) : "";
const group = `smartroute-test-${process.pid}`;
let boot;
let pid; // of its first process, as this system counts
let refused; // why no systemd runs here

// Units of this machine that have no business in the copy.
const masked = ["systemd-networkd.service", "systemd-resolved.service", "systemd-udevd.service", "systemd-udev-trigger.service", "systemd-logind.service", "systemd-timesyncd.service", "networking.service", "dbus.service", "dbus.socket"];
const outer = `set -eu
mount --make-rprivate /
mkdir -p '${scratch}/groups' '${scratch}/memory'
mount -t cgroup2 cgroup2 '${scratch}/groups'
mkdir '${scratch}/groups/${group}'
echo $$ >'${scratch}/groups/${group}/cgroup.procs'
exec unshare --mount --pid --cgroup --net --uts --ipc --fork --kill-child bash '${scratch}/inner'
`;
const inner = (file) => `set -eu
mount -t tmpfs tmpfs '${scratch}/memory'
cd '${scratch}/memory'
mkdir upper work root
mount -t overlay -o lowerdir=/,upperdir=upper,workdir=work overlay root
cd root
mount -t proc proc proc
mount -t sysfs -o ro sysfs sys
mount -t tmpfs tmpfs sys/fs/cgroup
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=755 tmpfs dev
for device in null zero full random urandom tty; do : >dev/$device; mount --bind /dev/$device dev/$device; done
ln -s /proc/self/fd dev/fd
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
ln -s pts/ptmx dev/ptmx
cp '${file}' tmp/smartroute.deb
chroot . dpkg -i /tmp/smartroute.deb >/dev/null
for unit in ${masked.join(" ")}; do ln -sf /dev/null etc/systemd/system/$unit; done
printf '[Unit]\\nDescription=Only what is tested\\nWants=smartroute.target\\n' >etc/systemd/system/test.target
(umask 077; printf sk-from-a-credential >etc/smartroute/keys/openai)
ip link set lo up
mkdir old
pivot_root . old
umount -l old
exec env -i container=test PATH=/usr/sbin:/usr/bin /lib/systemd/systemd --unit=test.target --log-target=kmsg --log-level=err --show-status=no
`;

/** A command in there, by root. */
const inside = (...words) => run("nsenter", ["--target", pid, "--mount", "--pid", "--net", "--uts", "--ipc", "--cgroup", ...words]);
const tried = (...words) => {
  try {
    return inside(...words);
  } catch (error) {
    return `${error}`;
  }
};
const works = (said) => !said.startsWith("Error: ");
const property = (unit, name) => inside("systemctl", "show", "--property", name, "--value", unit).trim();
const mainPid = (unit) => property(unit, "MainPID");
/** A file of /proc of a service, as this system sees it. */
function ofService(unit, path) {
  const wanted = mainPid(unit);
  const found = run("sh", ["-c", `grep -lE '^NSpid:.*[[:space:]]${wanted}$' /proc/[0-9]*/status 2>/dev/null | while read -r f; do [ "$(readlink \${f%status}ns/net)" = "$(readlink /proc/${pid}/ns/net)" ] && dirname $f; done`]).trim().split("\n")[0];
  return join(found, path);
}

before(async () => {
  if (!asRoot) return;
  writeFileSync(join(scratch, "outer"), outer);
  writeFileSync(join(scratch, "inner"), inner(debianPackage()));
  mkdirSync(join(scratch, "groups"), { recursive: true });
  boot = start("unshare", ["--mount", "bash", join(scratch, "outer")]);
  try {
    pid = await until("the first process runs", () => {
      if (boot.child.exitCode !== null) throw new Error(boot.said());
      const children = readFileSync(`/proc/${boot.pid}/task/${boot.pid}/children`, "utf8").trim().split(" ");
      return children.find((child) => child && readFileSync(`/proc/${child}/cmdline`, "utf8").startsWith("/lib/systemd/systemd\0"));
    });
    await until("systemd answers", () => {
      if (boot.child.exitCode !== null) throw new Error(boot.said());
      return /^(running|degraded|starting)/m.test(tried("systemctl", "is-system-running"));
    }, 40);
  } catch (error) {
    refused = `no systemd can run in a namespace here: ${error.message}`;
  }
});

after(async () => {
  if (!asRoot) return;
  boot?.child.kill("SIGKILL");
  await boot?.ended;
  run("unshare", ["--mount", "bash", "-c", `mount -t cgroup2 cgroup2 '${scratch}/groups' && for i in 1 2 3 4 5 6 7 8 9 10; do find '${scratch}/groups/${group}' -depth -type d -exec rmdir {} + 2>/dev/null && break; sleep 0.2; done; true`]);
  rmSync(scratch, { recursive: true, force: true });
});

const units = ["smartroute-control.service", "smartroute-proxy.service"];
const active = (unit) => until(`${unit} is active`, () => property(unit, "ActiveState") === "active", 30).catch((error) => assert.fail(`${error.message}\n${tried("journalctl", "--no-pager", "-u", unit)}`));

test("both services start, with nothing but the user that the package made", needsRoot, async (context) => {
  if (refused) return context.skip(refused);
  for (const unit of units) await active(unit);
  for (const unit of units) {
    const status = readFileSync(ofService(unit, "status"), "utf8");
    const field = (name) => new RegExp(`^${name}:\\s+(.*)$`, "m").exec(status)[1];
    assert.doesNotMatch(field("Uid"), /\b0\b/, unit);
    for (const set of ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"]) assert.equal(field(set), "0000000000000000", `${unit} ${set}`);
    assert.equal(field("NoNewPrivs"), "1", unit);
    assert.equal(field("Seccomp"), "2", unit);
    assert.match(readFileSync(ofService(unit, "mountinfo"), "utf8"), / \/ \/ ro,/, `${unit}: the root is read-only`);
  }
  assert.equal(inside("stat", "-c", "%U %a", "/var/lib/smartroute/control").trim(), "smartroute 700");
});

test("a key that root alone may read reaches the control plane, and the proxy becomes ready", needsRoot, async (context) => {
  if (refused) return context.skip(refused);
  let put;
  const stored = () => works((put = tried("smartroute", "config", "put", "/usr/share/doc/smartroute/examples/smartroute.yaml", "--state", "/var/lib/smartroute/control")));
  await until("the configuration is stored", stored, 20).catch((error) => assert.fail(`${error.message}\n${put}`));
  await until("the proxy is ready", () => works(tried("smartroute", "health", "127.0.0.1:8081")), 20);
  const said = inside("journalctl", "--no-pager", "-u", "smartroute*");
  assert.doesNotMatch(said, /cannot be read/);
  // What the control plane keeps, the proxy cannot even list.
  const hidden = ofService("smartroute-proxy.service", "root/var/lib/smartroute/control");
  assert.equal(run("stat", ["-c", "%a", hidden]).trim(), "0");
});

test("the proxy comes back after a crash by what it knows, and serves while the control plane is away", needsRoot, async (context) => {
  if (refused) return context.skip(refused);
  inside("systemctl", "stop", "smartroute-control.service");
  const before = mainPid("smartroute-proxy.service");
  inside("systemctl", "kill", "--signal=SIGKILL", "smartroute-proxy.service");
  await until("another process serves", () => !["0", before].includes(mainPid("smartroute-proxy.service")), 20);
  await until("it is ready", () => works(tried("smartroute", "health", "127.0.0.1:8081")), 20);
  inside("systemctl", "start", "smartroute-control.service");
  await active("smartroute-control.service");
});

test("stopping the target ends both well", needsRoot, async (context) => {
  if (refused) return context.skip(refused);
  inside("systemctl", "stop", "smartroute.target");
  for (const unit of units) {
    await until(`${unit} has ended`, () => property(unit, "ActiveState") !== "deactivating" && property(unit, "ActiveState") !== "active", 40);
    assert.equal(property(unit, "ActiveState"), "inactive", unit);
    assert.equal(property(unit, "Result"), "success", unit);
  }
});
