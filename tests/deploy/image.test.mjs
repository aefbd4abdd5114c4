// The container image without a container engine: what is in its root file system, that it runs there as it would in a pod (read-only root,
// user 65532, no capabilities), and that the OCI image made of it says what to run.
import assert from "node:assert/strict";
import { lstatSync, mkdtempSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, posix } from "node:path";
import test, { after, before } from "node:test";

import { asRoot, below, imageTree, isRelease, needsRoot, ociLayout, preset, read, root, run, start, until } from "./lib/build_under_test.mjs";

const limit = 120e6; // bytes, of a release
const programs = ["smartroute", "smartroute-control", "smartroute-proxy"];
let image;
let files;
let scratch;
before(() => {
  if (!asRoot) return;
  image = imageTree();
  files = below(image).map(({ path }) => ({ path, stat: lstatSync(join(image, path)) }));
  scratch = mkdtempSync(join(tmpdir(), "smartroute-image-"));
});
after(() => scratch && rmSync(scratch, { recursive: true, force: true }));

const regular = () => files.filter(({ stat }) => stat.isFile());
const isElf = (path) => readFileSync(join(image, path)).subarray(0, 4).toString("latin1") === "\x7fELF";

test("the tree is small", needsRoot, (context) => {
  const sizes = new Map();
  let sum = 0;
  for (const { path, stat } of regular()) {
    const part = /^\/usr\/(bin\/[^/]+|lib\/smartroute|share\/(smartroute|doc|common-licenses))/.exec(path)?.[0] ?? (/\.so(\.|$)/.test(path) ? "libraries of the system" : "else");
    sizes.set(part, (sizes.get(part) ?? 0) + stat.size);
    sum += stat.size;
  }
  const mb = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
  context.diagnostic(`build/${preset}: ${mb(sum)}: ${[...sizes].sort((a, b) => b[1] - a[1]).map(([part, bytes]) => `${part} ${mb(bytes)}`).join(", ")}`);
  const largest = regular().filter(({ path }) => /\.so(\.|$)/.test(path)).sort((a, b) => b.stat.size - a.stat.size).slice(0, 8);
  context.diagnostic(`largest libraries: ${largest.map(({ path, stat }) => `${posix.basename(path)} ${mb(stat.size)}`).join(", ")}`);
  if (isRelease) assert.ok(sum < limit, `${mb(sum)} is not below ${mb(limit)}`);
});

test("nothing in it runs but the three programs and the loader", needsRoot, () => {
  const executable = regular().filter(({ stat }) => stat.mode & 0o111).map(({ path }) => path);
  const loader = executable.filter((path) => /\/ld-linux[^/]*$/.test(path));
  assert.equal(loader.length, 1);
  assert.deepEqual(executable.filter((path) => path !== loader[0]).sort(), programs.map((name) => `/usr/bin/${name}`));
  const names = files.filter(({ stat }) => !stat.isDirectory()).map(({ path }) => posix.basename(path));
  for (const name of ["sh", "bash", "dash", "busybox", "apt-get", "dpkg", "perl", "python3"]) assert.ok(!names.includes(name), name);
});

test("owners and modes give nobody more than they need", needsRoot, () => {
  const odd = files.filter(({ path, stat }) => !stat.isSymbolicLink() && (stat.mode & 0o6000 || (stat.mode & 0o002 && path !== "/tmp")));
  assert.deepEqual(odd.map(({ path }) => path), []);
  const owned = files.filter(({ stat }) => stat.uid !== 0 || stat.gid !== 0).map(({ path, stat }) => `${path} ${stat.uid}:${stat.gid} ${(stat.mode & 0o777).toString(8)}`);
  assert.deepEqual(owned.sort(), ["/run/smartroute 65532:65532 700", "/var/lib/smartroute 65532:65532 700"]);
  assert.match(read(image, "etc/passwd"), /^smartroute:x:65532:65532:/m);
});

test("links lead somewhere inside, and every library that a file needs is there", needsRoot, () => {
  const resolve = (path, depth = 0) => {
    assert.ok(depth < 20, path);
    let at = "/";
    for (const name of path.split("/").filter(Boolean)) {
      const next = posix.join(at, name);
      const stat = lstatSync(join(image, next), { throwIfNoEntry: false });
      assert.ok(stat, `${path}: there is no ${next}`);
      at = stat.isSymbolicLink() ? resolve(posix.resolve(at, readlinkSync(join(image, next))), depth + 1) : next;
    }
    return at;
  };
  for (const { path, stat } of files) if (stat.isSymbolicLink()) resolve(path);
  const libraries = new Set(files.map(({ path }) => posix.basename(path)));
  for (const { path } of regular().filter(({ path }) => isElf(path))) {
    const needed = [...run("readelf", ["-dW", join(image, path)]).matchAll(/\(NEEDED\).*\[(.*)\]/g)].map((m) => m[1]);
    for (const name of needed) assert.ok(libraries.has(name), `${path} needs ${name}`);
  }
});

test("every Debian package in it came with its licence, and is named for scanners", needsRoot, () => {
  const named = files.filter(({ path }) => path.startsWith("/var/lib/dpkg/status.d/")).map(({ path }) => posix.basename(path));
  assert.ok(named.length > 30 && named.includes("libc6") && named.includes("ca-certificates"));
  for (const name of named) {
    assert.match(read(image, "var/lib/dpkg/status.d", name), /^Version: \S+$/m);
    assert.ok(statSync(join(image, "usr/share/doc", name, "copyright")).size > 100, name);
  }
  assert.match(read(image, "usr/share/doc/smartroute/copyright"), /MIT License/);
});

// A program in the image, as a pod with a restricted policy runs it: its root read-only, a folder to write to, no capability, no way to one.
// What an engine mounts is mounted; nothing else of this system is reachable but the network.
function inImage(name, program, args, state) {
  const at = join(scratch, name);
  const inner = `${at}/root`;
  const script = join(scratch, `${name}.sh`);
  const quoted = args.map((arg) => `'${arg}'`).join(" ");
  writeFileSync(
    script,
    `set -eu
mkdir -p '${inner}' '${state}'
chown 65532:65532 '${state}'
mount --bind '${image}' '${inner}'
mount -o remount,bind,ro,nosuid,nodev '${inner}'
mount -t proc proc '${inner}/proc'
mount -t tmpfs -o mode=0755 tmpfs '${inner}/dev'
for device in null zero random urandom; do : >'${inner}/dev/'$device; mount --bind /dev/$device '${inner}/dev/'$device; done
mount -o remount,bind,ro '${inner}/dev'
mount --bind '${state}' '${inner}/var/lib/smartroute'
cd /
exec env -i PATH=/usr/bin SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt SMARTROUTE_STATE=/var/lib/smartroute SMARTROUTE_PROXY_STATE=/var/lib/smartroute/proxy \\
  setpriv --no-new-privs --bounding-set=-all,+sys_chroot,+setuid,+setgid --inh-caps=-all \\
  /usr/sbin/chroot --userspec=65532:65532 --groups= '${inner}' /usr/bin/${program} ${quoted}
`,
  );
  const started = start("unshare", ["--mount", "--pid", "--fork", "--kill-child", "sh", script]);
  started.state = state;
  return started;
}

/** The process itself, below unshare. */
const insidePid = (started) => until("the program runs", () => readFileSync(`/proc/${started.pid}/task/${started.pid}/children`, "utf8").trim().split(" ")[0] || undefined);

function assertConfined(pid) {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const field = (name) => new RegExp(`^${name}:\\s+(.*)$`, "m").exec(status)[1];
  assert.equal(field("Uid"), "65532\t65532\t65532\t65532");
  assert.equal(field("Gid"), "65532\t65532\t65532\t65532");
  for (const set of ["CapInh", "CapPrm", "CapEff", "CapAmb"]) assert.equal(field(set), "0000000000000000", set);
  assert.equal(field("NoNewPrivs"), "1");
}

const complete = (listen, key) =>
  fetch(`http://${listen}/v1/chat/completions`, { method: "POST", headers: { "content-type": "application/json", ...(key ? { authorization: `Bearer ${key}` } : {}) }, body: JSON.stringify({ model: "auto", messages: [{ role: "user", content: "hello" }] }) });

async function readyFile(started, name) {
  const file = join(started.state, name);
  return until(`${name} is written`, () => {
    if (started.child.exitCode !== null) throw new Error(`ended with ${started.child.exitCode}: ${started.said()}`);
    try {
      return JSON.parse(readFileSync(file, "utf8"));
    } catch {
      return undefined;
    }
  });
}

async function stop(started) {
  const pid = await insidePid(started);
  process.kill(Number(pid), "SIGTERM");
  assert.equal(await started.ended, 0, started.said());
}

test("both planes start in it and serve, with a read-only root, as user 65532 and without any capability", needsRoot, async () => {
  const any = "127.0.0.1:0";
  const gateway = inImage("demo", "smartroute", ["demo", "--listen", any, "--admin", any, "--proxy-ops", any, "--control-ops", any, "--demo-traffic", "0", "--ready-file", "/var/lib/smartroute/ready.json"], join(scratch, "demo-state"));
  try {
    const bound = await readyFile(gateway, "ready.json");
    const pid = await insidePid(gateway);
    assertConfined(pid);
    const planes = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ");
    assert.equal(planes.length, 2);
    for (const plane of planes) assertConfined(plane);
    const answer = await complete(bound.listen);
    assert.equal(answer.status, 200);
    assert.ok((await answer.json()).choices[0].message.content.length > 0);
    const page = await fetch(`http://${bound.admin}/`);
    assert.equal(page.status, 200);
    assert.match(await page.text(), /<div id="root">/);
    const health = start("nsenter", ["--target", pid, "--mount", "--pid", "--root", "--setuid", "65532", "--setgid", "65532", "/usr/bin/smartroute", "health", bound.proxy_ops]);
    assert.equal(await health.ended, 0, health.said());
    await stop(gateway);
  } finally {
    gateway.child.kill("SIGKILL");
  }
});

test("each plane starts by itself, as the only process of a container", needsRoot, async () => {
  const control = inImage("control", "smartroute-control", ["--admin", "127.0.0.1:0", "--ops", "127.0.0.1:0", "--ready-file", "/var/lib/smartroute/ready.json"], join(scratch, "control-state"));
  const proxy = inImage("proxy", "smartroute-proxy", ["--listen", "127.0.0.1:0", "--ops", "127.0.0.1:0", "--control", "unix:/var/lib/smartroute/none.sock", "--workers", "1"], join(scratch, "proxy-state"));
  try {
    const bound = await readyFile(control, "ready.json");
    assert.equal((await fetch(`http://${bound.control_ops}/readyz`)).status, 200);
    assertConfined(await insidePid(proxy));
    await until("the proxy says where it listens", () => /listen/i.test(proxy.said()));
    await stop(control);
    await stop(proxy);
  } finally {
    for (const started of [control, proxy]) started.child.kill("SIGKILL");
  }
});

test("every step of the Dockerfile is a script that is there, and what it copies is there, too", () => {
  const text = read(root, "deploy/docker/Dockerfile").replace(/\\\n/g, " ");
  const steps = [...text.matchAll(/^RUN (\S+)(.*)$/gm)];
  assert.ok(steps.length >= 4);
  for (const [line, script] of steps) {
    assert.doesNotMatch(line, /&&|;|\|/);
    assert.ok(statSync(join(root, script)).mode & 0o111, script);
  }
  for (const [, words] of text.matchAll(/^COPY ((?!--from).*)$/gm)) for (const path of words.split(" ").slice(0, -1)) statSync(join(root, path));
  const stages = new Set([...text.matchAll(/^FROM \S+ AS (\S+)$/gm)].map((m) => m[1]));
  for (const [, stage] of text.matchAll(/--from=(\S+)/g)) assert.ok(stages.has(stage), stage);
});

test("the OCI image unpacks to the same tree and says what to run", needsRoot, (context) => {
  const layout = ociLayout();
  const bundle = join(scratch, "bundle");
  run("umoci", ["unpack", "--image", `${layout}:test`, bundle]);
  const unpacked = join(bundle, "rootfs");
  const facts = (folder) =>
    below(folder).map(({ path }) => {
      const stat = lstatSync(join(folder, path));
      return `${path} ${stat.isSymbolicLink() ? readlinkSync(join(folder, path)) : `${stat.mode.toString(8)} ${stat.uid}:${stat.gid} ${stat.isFile() ? stat.size : ""}`}`;
    });
  assert.deepEqual(facts(unpacked).sort(), facts(image).sort());

  const index = JSON.parse(read(layout, "index.json"));
  const blob = (descriptor) => readFileSync(join(layout, "blobs", descriptor.digest.replace(":", "/")));
  const manifest = JSON.parse(blob(index.manifests.find((each) => each.annotations["org.opencontainers.image.ref.name"] === "test")));
  assert.equal(manifest.layers.length, 1);
  context.diagnostic(`packed: ${(manifest.layers[0].size / 1e6).toFixed(1)} MB`);
  const { config, architecture, os } = JSON.parse(blob(manifest.config));
  assert.equal(os, "linux");
  assert.ok(architecture);
  assert.equal(config.User, "65532:65532");
  assert.deepEqual(config.Entrypoint, ["/usr/bin/smartroute"]);
  assert.deepEqual(config.Cmd, ["up"]);
  assert.equal(config.WorkingDir, "/var/lib/smartroute");
  assert.equal(config.StopSignal, "SIGTERM");
  assert.deepEqual(Object.keys(config.Volumes), ["/var/lib/smartroute"]);
  assert.deepEqual(Object.keys(config.ExposedPorts).sort(), ["6688/tcp", "6690/tcp", "8080/tcp", "8081/tcp"]);
  assert.equal(config.Labels["smartroute.healthcheck"], "smartroute health 127.0.0.1:8081");
  for (const name of ["title", "description", "licenses", "version", "revision", "created"]) assert.ok(config.Labels[`org.opencontainers.image.${name}`], name);

  // The Dockerfile says the same.
  const dockerfile = read(root, "deploy/docker/Dockerfile").replace(/\\\n/g, " ");
  const last = dockerfile.slice(dockerfile.lastIndexOf("\nFROM "));
  const variables = Object.fromEntries([...last.matchAll(/(\w+)=(\S+)/g)].filter((m) => /^(PATH|SSL_|SMARTROUTE_)/.test(m[1])).map((m) => [m[1], m[2]]));
  assert.deepEqual(Object.fromEntries(config.Env.map((each) => each.split(/=(.*)/s).slice(0, 2))), variables);
  assert.match(last, /^FROM scratch$/m);
  assert.match(last, /^USER 65532:65532$/m);
  assert.match(last, /^ENTRYPOINT \["\/usr\/bin\/smartroute"\]$/m);
  assert.match(last, /^CMD \["up"\]$/m);
  assert.match(last, /^EXPOSE 8080 8081 6688 6690$/m);
  assert.match(last, /^HEALTHCHECK .*CMD \["\/usr\/bin\/smartroute", "health", "127\.0\.0\.1:8081"\]$/m);
  assert.match(last, /^STOPSIGNAL SIGTERM$/m);
});
