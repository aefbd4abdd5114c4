// deploy/compose, without a container engine: the files fit each other, the flags the programs, and what Prometheus and SmartRoute read is
// good by their own checkers.
import assert from "node:assert/strict";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import test from "node:test";

import { parse } from "yaml";

import { bin, helpOf, read, root, run } from "./lib/build_under_test.mjs";

const folder = join(root, "deploy/compose");
const compose = parse(read(folder, "compose.yaml"), { merge: true });
const { services, volumes } = compose;
const mounts = (service) => service.volumes.map((text) => text.split(":")).map(([from, to, mode]) => ({ from, to, mode }));
const planes = Object.values(services).filter(({ entrypoint }) => entrypoint);

test("every service is confined: a read-only root, no capabilities, no new privileges, ports of this machine only", () => {
  for (const [name, service] of Object.entries(services)) {
    assert.equal(service.read_only, true, name);
    assert.deepEqual(service.cap_drop, ["ALL"], name);
    assert.deepEqual(service.security_opt, ["no-new-privileges:true"], name);
    assert.ok(service.healthcheck.test.length > 1 && service.healthcheck.test[0] === "CMD", name);
    for (const port of service.ports) assert.match(port, /^127\.0\.0\.1:(\d+):\1$/, name);
    assert.ok(!service.privileged && !service.network_mode && !service.pid, name);
    assert.match(service.image, /:(v?\d+\.\d+\.\d+)$/, `${name}: a version, not what is newest today`);
  }
  for (const service of planes) assert.equal(service.user, "65532:65532");
});

test("what is mounted exists, and what is written to is a volume", () => {
  for (const [name, service] of Object.entries(services))
    for (const { from, to, mode } of mounts(service)) {
      if (from.startsWith(".")) {
        assert.ok(existsSync(resolve(folder, from)), `${name}: ${from}`);
        assert.equal(mode, "ro", `${name}: ${from}`);
      } else assert.ok(from in volumes, `${name}: ${from}`);
      assert.match(to, /^\//);
    }
  for (const [name, service] of Object.entries(services))
    for (const needed of Object.keys(Array.isArray(service.depends_on) ? Object.fromEntries(service.depends_on.map((each) => [each])) : (service.depends_on ?? {}))) assert.ok(services[needed], `${name} depends on ${needed}`);
  assert.ok(existsSync(resolve(folder, services.control.build.context, services.control.build.dockerfile)));
});

test("flags of both planes are known, and their paths are where something is mounted", () => {
  assert.equal(planes.length, 2);
  for (const service of planes) {
    const program = basename(service.entrypoint[0]);
    const { flags } = helpOf(program);
    const given = Object.fromEntries(service.command.flatMap((word, i) => (word.startsWith("--") ? [[word, service.command[i + 1]]] : [])));
    for (const flag of Object.keys(given)) assert.ok(flags.has(flag), `${program} ${flag}`);
    for (const value of Object.values(given)) {
      const path = /^(?:unix:)?(\/.*)$/.exec(value)?.[1];
      if (path) assert.ok(mounts(service).some(({ to }) => path === to || dirname(path) === to), `${program}: ${value}`);
    }
    assert.deepEqual(service.healthcheck.test.slice(0, 3), ["CMD", "/usr/bin/smartroute", "health"]);
    assert.equal(service.healthcheck.test[3].split(":")[1], given["--ops"].split(":")[1]);
  }
  const ofControl = services.control.command;
  assert.equal(services.proxy.command[services.proxy.command.indexOf("--control") + 1], ofControl[ofControl.indexOf("--grpc") + 1]);
});

test("the proxy is given more time to stop than it takes", () => {
  const given = Number(/^(\d+)s$/.exec(services.proxy.stop_grace_period)[1]);
  const model = read(root, "proto/contract/config/model.hpp");
  const drain = /drain_timeout\S*\s*=\s*Millis\((\d[\d']*)\)|drain_timeout\{(\d[\d']*)\}/.exec(model);
  assert.ok(drain, "model.hpp says the default of drain_timeout");
  assert.ok(given * 1000 > Number((drain[1] ?? drain[2]).replaceAll("'", "")) + 3000);
});

test("variables without which nothing should come up are named in the example, and have no value there", () => {
  const text = read(folder, "compose.yaml");
  const required = new Set([...text.matchAll(/\$\{(\w+):\?/g)].map((m) => m[1]));
  const example = [...read(folder, "env.example").matchAll(/^(\w+)=(.*)$/gm)];
  assert.deepEqual(new Set(example.map((m) => m[1])), required);
  for (const [line, , value] of example) assert.equal(value, "", line);
  assert.doesNotMatch(text.replace(/\$\{\w+:\?[^}]*\}/g, ""), /\$\{/, "and no other variable is read");
});

test("the first configuration is valid, and everything it refers to is handed to the control plane", () => {
  const said = run(join(bin, "smartroute"), ["validate", join(folder, "smartroute.yaml")], { env: { ...process.env, OPENAI_API_KEY: "sk-test", SMARTROUTE_API_KEY: "0123456789abcdef0123456789abcdef" } });
  assert.match(said, /valid$/m);
  const referred = new Set([...read(folder, "smartroute.yaml").matchAll(/\$\{(\w+)\}/g)].map((m) => m[1]));
  for (const name of referred) assert.ok(name in services.control.environment, name);
});

test("Prometheus takes its configuration, and asks the planes where they answer", () => {
  const scratch = mkdtempSync(join(tmpdir(), "smartroute-compose-"));
  try {
    for (const { from, to } of mounts(services.prometheus).filter(({ from }) => from.startsWith("."))) {
      mkdirSync(join(scratch, dirname(to)), { recursive: true });
      cpSync(resolve(folder, from), join(scratch, to));
    }
    const file = /^--config\.file=(.*)$/.exec(services.prometheus.command.find((word) => word.startsWith("--config.file")))[1];
    run("promtool", ["check", "config", join(scratch, file)]);
    const known = run("prometheus", ["--help"]);
    for (const word of services.prometheus.command) assert.ok(known.includes(word.split("=")[0]), word);
    const jobs = parse(read(scratch, file)).scrape_configs;
    const original = parse(read(root, "deploy/prometheus/prometheus.yml")).scrape_configs;
    assert.deepEqual(jobs.map((job) => job.job_name).sort(), original.map((job) => job.job_name).sort());
    const opsOf = (service) => service.command[service.command.indexOf("--ops") + 1].split(":")[1];
    const targets = jobs.flatMap((job) => [...(job.static_configs ?? []).flatMap((each) => each.targets), ...(job.dns_sd_configs ?? []).flatMap((each) => each.names.map((name) => `${name}:${each.port}`))]);
    assert.deepEqual(targets.sort(), [`control:${opsOf(services.control)}`, `proxy:${opsOf(services.proxy)}`]);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
});

test("Grafana finds its data source and the dashboards", () => {
  const source = parse(read(folder, "grafana/datasources/prometheus.yml")).datasources[0];
  const port = services.prometheus.ports[0].split(":")[2];
  assert.equal(source.type, "prometheus");
  assert.equal(source.url, `http://prometheus:${port}`);
  const provider = parse(read(folder, "grafana/dashboards/smartroute.yml")).providers[0];
  const mount = mounts(services.grafana).find(({ to }) => to === provider.options.path);
  assert.ok(mount, provider.options.path);
  assert.ok(statSync(resolve(folder, mount.from, "smartroute-overview.json")).isFile());
  assert.ok(mounts(services.grafana).some(({ from, to }) => from === "./grafana" && to === "/etc/grafana/provisioning"));
});
