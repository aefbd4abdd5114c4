// The Debian package: what is in it, that it installs, upgrades, goes and is purged for real (in a copy of this system that nothing here sees),
// and that its units are good by systemd's own judgement.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { tmpdir } from "node:os";
import test, { after, before } from "node:test";

import { asRoot, debianPackage, helpOf, needsRoot, read, root, run } from "./lib/build_under_test.mjs";

const units = ["smartroute-control.service", "smartroute-proxy.service"];
let file;
let scratch;
before(() => {
  if (!asRoot) return;
  file = debianPackage();
  scratch = mkdtempSync(join(tmpdir(), "smartroute-deb-"));
});
after(() => scratch && rmSync(scratch, { recursive: true, force: true }));

const contents = () =>
  run("dpkg-deb", ["-c", file])
    .trim()
    .split("\n")
    .map((line) => /^(\S+) (\S+) +\d+ \S+ \S+ \.(\S*)/.exec(line))
    .map(([, mode, owner, path]) => ({ mode, owner, path: path.replace(/\/$/, "") }));

test("the package holds what was promised, owned by root", needsRoot, (context) => {
  const all = contents();
  const paths = new Set(all.map(({ path }) => path));
  for (const path of [
    "/usr/bin/smartroute", "/usr/bin/smartroute-control", "/usr/bin/smartroute-proxy", "/usr/lib/smartroute/libsmartroute_vocabularies.so",
    "/usr/share/smartroute/dashboard/index.html", "/usr/share/smartroute/prometheus/alerts.yml", "/usr/share/smartroute/grafana/smartroute-overview.json",
    "/usr/lib/systemd/system/smartroute-control.service", "/usr/lib/systemd/system/smartroute-proxy.service", "/usr/lib/systemd/system/smartroute.target",
    "/usr/lib/sysusers.d/smartroute.conf", "/etc/default/smartroute-control", "/etc/default/smartroute-proxy", "/etc/smartroute/keys",
    "/usr/share/doc/smartroute/copyright", "/usr/share/doc/smartroute/THIRD_PARTY_NOTICES.md", "/usr/share/doc/smartroute/examples/smartroute.yaml",
    "/usr/share/man/man1/smartroute.1.gz", "/usr/share/bash-completion/completions/smartroute",
  ]) assert.ok(paths.has(path), path);
  for (const { mode, owner, path } of all) {
    assert.equal(owner, "root/root", path);
    assert.doesNotMatch(mode, /s|.{8}w/, `${path} ${mode}`);
  }
  context.diagnostic(`${basename(file)}: ${(statSync(file).size / 1e6).toFixed(1)} MB, fast compression`);
});

test("it says which versions of which libraries it needs", needsRoot, () => {
  const field = (name) => run("dpkg-deb", ["-f", file, name]).trim();
  assert.equal(field("Package"), "smartroute");
  assert.match(field("Version"), /^\d+\.\d+\.\d+-1$/);
  const depends = field("Depends");
  for (const name of ["ca-certificates", "libc6", "libstdc++6", "libgrpc++1.51", "librocksdb7.8", "libssl3", "libcurl4"]) assert.match(depends, new RegExp(`(^|, )${name.replaceAll(/[+.]/g, "\\$&")}( \\(>= [^)]+\\))?(,|$)`), name);
  assert.doesNotMatch(depends, /-dev\b/);
});

// A script in a copy of this system: what it writes lies in memory and is gone with it.
function inCopy(name, script) {
  writeFileSync(join(scratch, `${name}.inner`), `set -eu\nexport DEBIAN_FRONTEND=noninteractive\n${script}`);
  writeFileSync(
    join(scratch, name),
    `set -eu
mount -t tmpfs tmpfs '${scratch}'/memory
mkdir '${scratch}'/memory/upper '${scratch}'/memory/work '${scratch}'/memory/root
mount -t overlay -o lowerdir=/,upperdir='${scratch}'/memory/upper,workdir='${scratch}'/memory/work overlay '${scratch}'/memory/root
cp '${file}' '${scratch}/${name}.inner' '${scratch}'/memory/root/tmp/
mount -t proc proc '${scratch}'/memory/root/proc
mount -t tmpfs tmpfs '${scratch}'/memory/root/run
mount --rbind /dev '${scratch}'/memory/root/dev
exec chroot '${scratch}'/memory/root bash '/tmp/${name}.inner' '/tmp/${basename(file)}'
`,
  );
  run("mkdir", ["-p", join(scratch, "memory")]);
  return run("unshare", ["--mount", "--pid", "--fork", "--kill-child", "bash", join(scratch, name)]);
}

test("it installs, keeps what was changed over an upgrade, and goes without a trace when purged", needsRoot, () => {
  const said = inCopy(
    "life",
    `
dpkg -i "$1" 2>&1
getent passwd smartroute
stat -c '%n %U:%G %a' /etc/smartroute /etc/smartroute/keys /usr/bin/smartroute
/usr/bin/smartroute version
/usr/bin/smartroute-control --version
/usr/bin/smartroute-proxy --version
cp /usr/share/doc/smartroute/examples/smartroute.yaml /etc/smartroute/
/usr/bin/smartroute validate /etc/smartroute/smartroute.yaml
echo 'SMARTROUTE_LOG_LEVEL=debug' >/etc/default/smartroute-proxy
mkdir -p /var/lib/smartroute/control
dpkg -i "$1" 2>&1
grep -c debug /etc/default/smartroute-proxy | sed 's/^/kept /'
dpkg -r smartroute 2>&1
[ ! -e /usr/bin/smartroute ] && [ -e /etc/default/smartroute-proxy ] && [ -d /var/lib/smartroute/control ] && echo removed well
dpkg -P smartroute 2>&1
left=$(find /etc /usr /var -path '*smartroute*' ! -path '*/tmp/*' ! -path '/usr/share/doc/*' -newer /tmp/life.inner | head)
[ -z "$left" ] && echo purged well || echo "left: $left"
`,
  );
  assert.match(said, /^smartroute:x:\d+:\d+:SmartRoute gateway:\/var\/lib\/smartroute:\/usr\/sbin\/nologin$/m);
  assert.match(said, /^\/etc\/smartroute root:smartroute 750$/m);
  assert.match(said, /^\/etc\/smartroute\/keys root:root 700$/m);
  assert.match(said, /^\/usr\/bin\/smartroute root:root 755$/m);
  assert.match(said, /smartroute\.yaml: valid, 1 warning/);
  for (const line of ["kept 1", "removed well", "purged well"]) assert.ok(said.split("\n").includes(line), `${line}\n${said}`);
  assert.doesNotMatch(said, /error|warning: .*(unable|failed)/i);
});

test("systemd finds nothing wrong with the units and little that they expose", needsRoot, (context) => {
  const said = inCopy(
    "units",
    `
dpkg -i "$1" >/dev/null 2>&1
systemd-analyze verify --man=no --recursive-errors=no ${units.join(" ")} smartroute.target 2>&1 | sed 's/^/verify: /'
for unit in ${units.join(" ")}; do systemd-analyze security --no-pager --offline=true --threshold=20 $unit 2>&1; done
`,
  );
  assert.doesNotMatch(said, /^verify: .*smartroute/m, said);
  const exposures = [...said.matchAll(/Overall exposure level for (\S+): ([\d.]+)/g)].map((m) => [m[1], Number(m[2])]);
  assert.deepEqual(exposures.map(([unit]) => unit), units, said);
  for (const [unit, exposure] of exposures) {
    context.diagnostic(`${unit}: exposure ${exposure} of 10`);
    assert.ok(exposure < 2, `${unit}: ${exposure}`);
  }
});

test("the units and their environment name nothing that the programs do not know", () => {
  for (const unit of units) {
    const program = basename(unit, ".service");
    const help = helpOf(program);
    const text = read(root, "deploy/debian", unit) + read(root, "deploy/debian", `${program.replace("smartroute-", "")}.default`);
    const variables = [...text.matchAll(/\bSMARTROUTE_[A-Z_]+/g)].map((m) => m[0]);
    assert.ok(variables.length >= 5);
    for (const name of variables) assert.ok(help.variables.has(name), `${unit}: ${name}`);
    const command = /^ExecStart=\/usr\/bin\/(\S+)(.*)$/m.exec(text);
    assert.equal(command[1], program);
    for (const [flag] of command[2].matchAll(/--[a-z-]+/g)) assert.ok(help.flags.has(flag), flag);
  }
});

test("the proxy gets the time it may take to drain", () => {
  const seconds = Number(/^TimeoutStopSec=(\d+)$/m.exec(read(root, "deploy/debian/smartroute-proxy.service"))[1]);
  assert.ok(seconds > 3600 + 3, "limits.drain_timeout may be an hour, and ending takes three seconds more");
});
