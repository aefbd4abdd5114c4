// What deploy/ would have a cluster run: is it what its sources say, does the API have such fields, and does everything fit together?
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { test } from "node:test";

import YAML from "yaml";

import { binary } from "../conformance/lib/child.mjs";
import { bytesOf, containersOf, environmentOf, matches, named, ofKind, ours, planes, podsOf, portsOf, secondsOf, workloads } from "./lib/objects.mjs";
import { schemaProblems, valueProblems } from "./lib/schemas.mjs";
import { at, copies, documents, fingerprint, kustomizations, prometheusRule, read, releases, render, ruleFile, toolPath } from "./lib/sources.mjs";

const all = [...kustomizations, ...releases].map((one) => ({ ...one, objects: documents(read(one.rendered)) }));
const each = (name, check) => {
  for (const one of all) test(`${name}: ${one.rendered}`, () => check(one.objects, one));
};
const helpOf = new Map();
function help(program, ...verbs) {
  const command = [program, ...verbs].join(" ");
  if (!helpOf.has(command)) helpOf.set(command, spawnSync(binary(program), [...verbs, "--help"], { encoding: "utf8" }).stdout);
  return helpOf.get(command);
}

// ---- generated files

for (const one of all) {
  test(`${one.rendered} is of today's sources`, () => {
    const [, stated] = /^# sources: ([0-9a-f]{64})$/m.exec(read(one.rendered));
    assert.equal(stated, fingerprint(one.parts), "a source has changed since: npm run render in tests/deploy");
    if (toolPath(one.tool)) assert.deepEqual(documents(render(one)), one.objects, `${one.tool} renders something else: npm run render in tests/deploy`);
  });
}

test("the PrometheusRule has the rules of deploy/prometheus/alerts.yml", () => {
  assert.equal(read(ruleFile), prometheusRule());
  const { groups } = YAML.parse(read("deploy/prometheus/alerts.yml"));
  const carriers = all.flatMap(({ objects }) => ofKind(objects, "PrometheusRule"));
  assert.ok(carriers.length >= 2, "of kustomize and of the chart");
  for (const rule of carriers) assert.deepEqual(rule.spec.groups, groups);
});

test("the chart's copies of rules and dashboards are what they are copies of", () => {
  assert.equal(copies.length, 5);
  for (const [original, copy] of copies) assert.equal(read(copy), read(original), `${copy}: npm run render in tests/deploy`);
});

// ---- fields

const everything = Object.fromEntries(all.flatMap((one) => one.objects.map((object) => [`${one.rendered}: ${object.kind} ${object.metadata.name}`, object])));

test("every value is one that its field takes", async () => {
  assert.deepEqual(await valueProblems(everything), []);
});

test("a value that its field does not take is found", async () => {
  const { objects } = all.find((one) => one.rendered.endsWith("kubernetes/rendered/prod.yaml"));
  const planted = {};
  for (const [kind, name, change] of [
    ["Deployment", "smartroute-proxy", (o) => (o.spec.template.spec.containers[0].imagePullPolicy = "Sometimes")],
    ["StatefulSet", "smartroute-control", (o) => (o.spec.template.spec.containers[0].resources.limits.memory = "1 Gi")],
    ["Certificate", "smartroute-control-grpc", (o) => (o.spec.usages = ["serving"])],
    ["PodMonitor", "smartroute-proxy", (o) => (o.spec.podMetricsEndpoints[0].interval = "15x")],
  ]) {
    planted[kind] = structuredClone(named(objects, kind, name));
    change(planted[kind]);
  }
  assert.deepEqual((await valueProblems(planted)).map((problem) => problem.split(":")[0]), Object.keys(planted));
});

// Fields that are wrong on purpose, each in a copy of an object of prod.
function plantedFields() {
  const { objects } = all.find((one) => one.rendered.endsWith("kubernetes/rendered/prod.yaml"));
  const plant = (kind, name, change) => {
    const object = structuredClone(named(objects, kind, name));
    change(object);
    return object;
  };
  return {
    container: plant("Deployment", "smartroute-proxy", (o) => (o.spec.template.spec.containers[0].readyProbe = {})),
    probe: plant("StatefulSet", "smartroute-control", (o) => (o.spec.template.spec.containers[0].livenessProbe.periodSecond = 1)),
    pod: plant("Deployment", "smartroute-proxy", (o) => (o.spec.template.spec.terminationGracePeriod = 5)),
    port: plant("Service", "smartroute-proxy", (o) => (o.spec.ports[0].targetport = "http")),
    autoscaler: plant("HorizontalPodAutoscaler", "smartroute-proxy", (o) => (o.spec.behaviour = {})),
    budget: plant("PodDisruptionBudget", "smartroute-proxy", (o) => (o.spec.maxunavailable = 1)),
    policy: plant("NetworkPolicy", "smartroute-proxy", (o) => (o.spec.ingress[0].form = [])),
    podMonitor: plant("PodMonitor", "smartroute-proxy", (o) => (o.spec.podMetricsEndpoints[0].intervall = "15s")),
    serviceMonitor: plant("ServiceMonitor", "smartroute-control", (o) => (o.spec.endpoint = [])),
    rule: plant("PrometheusRule", "smartroute", (o) => (o.spec.groups[0].rule = [])),
    certificate: plant("Certificate", "smartroute-control-grpc", (o) => (o.spec.dnsName = "x")),
    issuer: plant("Issuer", "smartroute-mtls", (o) => (o.spec.selfsigned = {})),
    type: plant("Deployment", "smartroute-proxy", (o) => (o.spec.replicas = "3")),
    missing: plant("Service", "smartroute-proxy", (o) => delete o.spec.ports[0].port),
    kind: { apiVersion: "v2", kind: "Service", metadata: { name: "x" } },
  };
}

test("every object has the fields of its kind, and no others; one that does not exist is found, wherever it stands", () => {
  assert.ok(Object.keys(everything).length > 100);
  const planted = plantedFields();
  const isPlanted = (problem) => Object.hasOwn(planted, problem.split(":")[0]);
  // Together, because the compiler reads the types of the API only once then.
  const problems = schemaProblems({ ...everything, ...planted });
  assert.deepEqual(problems.filter((problem) => !isPlanted(problem)), []);
  const found = problems.filter(isPlanted).map((problem) => problem.split(":")[0]);
  assert.deepEqual(Object.keys(planted).filter((name) => !found.includes(name)), [], "planted and not found");
});

// ---- the programs

each("programs know every flag and variable", (objects) => {
  const mine = ours(objects);
  assert.ok(mine.length > 0);
  for (const one of mine) {
    const text = one.program === "smartroute" ? help(one.program, one.container.command[1]) : help(one.program);
    assert.ok(text, `${one.program} --help says nothing`);
    const known = new Set([...text.matchAll(/\bSMARTROUTE_[A-Z_]+\b/g)].map(([name]) => name));
    for (const name of Object.keys(environmentOf(objects, one)).filter((name) => name.startsWith("SMARTROUTE_")))
      assert.ok(known.has(name), `${one.program} --help does not name ${name}`);
    const flags = new Set([...text.matchAll(/^\s*(?:-\w,)?(--[\w-]+)/gm)].map(([, flag]) => flag));
    for (const argument of [...one.container.command.slice(1), ...(one.container.args ?? [])].filter((text) => text.startsWith("-")))
      assert.ok(flags.has(argument.split("=")[0]), `${one.program} --help does not name ${argument}`);
  }
});

const canWrite = (container, path) => container.volumeMounts.some((mount) => path.startsWith(`${mount.mountPath}/`) && !mount.readOnly);
const listeners = { SMARTROUTE_LISTEN: ["http"], SMARTROUTE_TLS_LISTEN: ["https"], SMARTROUTE_PROXY_OPS: ["metrics", "smartroute-ops"], SMARTROUTE_ADMIN: ["admin"], SMARTROUTE_GRPC: ["grpc"], SMARTROUTE_CONTROL_OPS: ["metrics"] };
each("ports are those that the programs are told to listen on", (objects) => {
  for (const one of planes(objects)) {
    const environment = environmentOf(objects, one);
    const expected = new Map();
    for (const [variable, names] of Object.entries(listeners)) {
      const [host, port] = (environment[variable] ?? "").split(":");
      // What listens on loopback or in a folder is no port of the pod.
      if (host === "0.0.0.0") expected.set(Number(port), names);
    }
    const ports = one.container.ports ?? [];
    assert.deepEqual(ports.map((port) => port.containerPort).sort(), [...expected.keys()].sort(), one.workload.metadata.name);
    if (environment.SMARTROUTE_LISTEN?.includes("unix:")) assert.ok(canWrite(one.container, environment.SMARTROUTE_LISTEN.split("unix:")[1]));
    for (const port of ports) assert.ok(expected.get(port.containerPort).includes(port.name), `${port.name} is ${port.containerPort}`);
  }
});

each("probes ask the ops port for paths that it has, and each kind of probe for its own", (objects) => {
  for (const { container, program } of planes(objects)) {
    const ops = container.ports.find((port) => ["metrics", "smartroute-ops"].includes(port.name));
    // Only a native sidecar has somebody who waits for its start. Elsewhere a control plane that is away must not keep a proxy from starting.
    const started = program === "smartroute-control" ? "/readyz" : container.restartPolicy === "Always" ? "/startupz" : "/livez";
    for (const [probe, path] of Object.entries({ livenessProbe: "/livez", readinessProbe: "/readyz", startupProbe: started })) {
      assert.equal(container[probe]?.httpGet.port, ops.name, `${container.name} ${probe}`);
      assert.equal(container[probe].httpGet.path, path, `${container.name} ${probe}`);
    }
  }
});

each("a proxy finds the control plane through a Service, and the Service its pods", (objects) => {
  const services = ofKind(objects, "Service");
  for (const service of services) {
    const pods = podsOf(objects, service.spec.selector);
    assert.equal(pods.length, 1, service.metadata.name);
    for (const port of service.spec.ports)
      assert.ok(portsOf(pods[0]).some((one) => one.name === port.targetPort), `${service.metadata.name}: no port ${port.targetPort}`);
  }
  for (const one of ours(objects).filter(({ program }) => program === "smartroute-proxy")) {
    const [host, port] = environmentOf(objects, one).SMARTROUTE_CONTROL.split(":");
    const [name, namespace] = host.split(".");
    if (namespace && namespace !== one.workload.metadata.namespace) {
      // Of another kustomization: that of dev.
      const dev = all.find((other) => other.rendered.endsWith("kubernetes/rendered/dev.yaml")).objects;
      assert.equal(named(dev, "Service", name).metadata.namespace, namespace);
      assert.ok(named(dev, "Service", name).spec.ports.some((one) => one.port === Number(port)));
    } else {
      assert.ok(services.some((service) => service.metadata.name === name && service.spec.ports.some((one) => one.port === Number(port))), host);
    }
  }
});

each("selectors pick pods that are there, and ports that they have", (objects) => {
  for (const workload of workloads(objects).filter((one) => one.spec.selector)) {
    assert.ok(matches(workload.spec.selector, workload.spec.template.metadata.labels), workload.metadata.name);
    for (const constraint of workload.spec.template.spec.topologySpreadConstraints ?? [])
      assert.ok(matches(constraint.labelSelector, workload.spec.template.metadata.labels), "topology");
  }
  const here = workloads(objects).some((one) => one.metadata.name.endsWith("-control"));
  if (!here) return;
  for (const budget of ofKind(objects, "PodDisruptionBudget")) assert.equal(podsOf(objects, budget.spec.selector).length, 1);
  for (const monitor of ofKind(objects, "PodMonitor").filter((one) => !one.spec.namespaceSelector?.any)) {
    const [pod] = podsOf(objects, monitor.spec.selector);
    for (const { port } of monitor.spec.podMetricsEndpoints) assert.ok(portsOf(pod).some((one) => one.name === port), monitor.metadata.name);
  }
  for (const monitor of ofKind(objects, "ServiceMonitor")) {
    const picked = ofKind(objects, "Service").filter((service) => matches(monitor.spec.selector, service.metadata.labels));
    for (const { port } of monitor.spec.endpoints)
      assert.equal(picked.filter((service) => service.spec.ports.some((one) => one.name === port)).length, 1, "scraped once, not twice");
  }
  for (const policy of ofKind(objects, "NetworkPolicy")) {
    const pods = podsOf(objects, policy.spec.podSelector);
    assert.ok(pods.length > 0, policy.metadata.name);
    for (const { ports } of policy.spec.ingress ?? [])
      for (const { port } of ports.filter((one) => one.port !== "https"))
        assert.ok(pods.every((pod) => portsOf(pod).some((one) => one.name === port)), `${policy.metadata.name}: ${port}`);
    for (const rule of policy.spec.egress ?? [])
      for (const { port } of rule.ports.filter((one) => typeof one.port === "string"))
        assert.ok(rule.to.flatMap((peer) => podsOf(objects, peer.podSelector)).some((pod) => portsOf(pod).some((one) => one.name === port)), `${policy.metadata.name}: ${port}`);
  }
  for (const autoscaler of ofKind(objects, "HorizontalPodAutoscaler")) {
    const target = named(objects, "Deployment", autoscaler.spec.scaleTargetRef.name);
    assert.equal(target.spec.replicas, undefined, "the autoscaler owns the number of replicas");
  }
});

test("a sidecar is scraped by the monitor that looks for sidecars", () => {
  const prod = all.find((one) => one.rendered.endsWith("kubernetes/rendered/prod.yaml")).objects;
  const monitor = named(prod, "PodMonitor", "smartroute-sidecar");
  for (const name of ["kubernetes/rendered/sidecar-example.yaml", "deploy/rendered/sidecar-plain.yaml"]) {
    const [pod] = podsOf(all.find((one) => one.rendered.endsWith(name)).objects, monitor.spec.selector);
    assert.ok(portsOf(pod).some((port) => port.name === monitor.spec.podMetricsEndpoints[0].port), name);
  }
});

// ---- volumes, secrets, room

// Secrets that people make; the READMEs say how.
const claims = ["state-smartroute-control-0", "smartroute"];
const secretsOfPeople = ["smartroute-keys", "smartroute-master-key", "smartroute-client", "llm-keys", "registry", "llm-tls", "smartroute-tls", "smartroute-proxy-tls", "smartroute-control-tls"];
each("what is mounted exists", (objects) => {
  const made = new Set([...secretsOfPeople, ...ofKind(objects, "Certificate").map((one) => one.spec.secretName), ...ofKind(objects, "Secret").map((one) => one.metadata.name)]);
  for (const { workload, pod, container } of ours(objects)) {
    const volumes = new Map((pod.volumes ?? []).map((one) => [one.name, one]));
    for (const claim of workload.spec.volumeClaimTemplates ?? []) volumes.set(claim.metadata.name, claim);
    for (const { persistentVolumeClaim } of pod.volumes ?? [])
      if (persistentVolumeClaim) assert.ok(claims.includes(persistentVolumeClaim.claimName), persistentVolumeClaim.claimName);
    for (const mount of container.volumeMounts) assert.ok(volumes.has(mount.name), `${container.name}: ${mount.name}`);
    for (const volume of volumes.values()) {
      assert.ok(containersOf(pod).some((one) => one.volumeMounts?.some((mount) => mount.name === volume.name || mount.name === volume.metadata?.name)), "mounted by nobody");
      if (volume.secret) assert.ok(made.has(volume.secret.secretName), volume.secret.secretName);
      if (volume.configMap && volume.configMap.name.startsWith("smartroute")) assert.ok(named(objects, "ConfigMap", volume.configMap.name), volume.configMap.name);
    }
    for (const { valueFrom } of container.env ?? []) if (valueFrom?.secretKeyRef) assert.ok(made.has(valueFrom.secretKeyRef.name));
  }
});

const modelSource = read("proto/contract/config/model.hpp");
// A default of the configuration, as a number of the unit it has there.
function standard(field) {
  const [, digits] = new RegExp(`\\b${field}\\s*(?:=\\s*|\\{)([\\d'LL* ]+)[;}]`).exec(modelSource) ?? assert.fail(`no default of ${field}`);
  return digits.replace(/['L ]/g, "").split("*").map(Number).reduce((product, factor) => product * factor, 1);
}
const configurations = all.flatMap((one) =>
  ofKind(one.objects, "ConfigMap")
    .filter((map) => map.data["smartroute.yaml"])
    .map((map) => ({ ...one, config: YAML.parse(map.data["smartroute.yaml"]) })),
);

test("a proxy has time to finish: grace above preStop, the drain and the flush, the drain above the longest answer", () => {
  assert.ok(configurations.length >= 4);
  const flush = 2 + 5;   // ShipperOptions: of sending at the end; and for the process to end
  assert.equal(standard("drain_timeout"), 25000, "the reader of the defaults works");
  for (const { rendered, objects, config } of configurations) {
    const drain = config.limits?.drain_timeout ? secondsOf(config.limits.drain_timeout) : standard("drain_timeout") / 1000;
    const accept = config.limits?.drain_accept ? secondsOf(config.limits.drain_accept) : standard("drain_accept") / 1000;
    const longest = Math.max(...Object.values(config.tiers).map((tier) => (tier.timeouts?.total ? secondsOf(tier.timeouts.total) : standard("total") / 1000)));
    assert.ok(accept <= drain, `${rendered}: accept`);
    assert.ok(longest <= drain, `${rendered}: an answer may take ${longest} s, a drain ${drain} s`);
    for (const { pod, container } of ours(objects).filter(({ program }) => program === "smartroute-proxy")) {
      const sleep = container.lifecycle.preStop.sleep.seconds;
      assert.ok(sleep > 0);
      assert.ok(pod.terminationGracePeriodSeconds >= sleep + drain + accept + flush, `${rendered}: ${pod.terminationGracePeriodSeconds} s`);
    }
    const [{ pod }] = ours(objects).filter(({ program }) => program === "smartroute-control");
    assert.ok(pod.terminationGracePeriodSeconds >= 2 + flush);
  }
});

test("a sidecar waits for its application", () => {
  const native = ours(all.find((one) => one.rendered.endsWith("kubernetes/rendered/sidecar-example.yaml")).objects)[0];
  assert.equal(native.pod.initContainers[0], native.container, "the first to start");
  assert.equal(native.container.restartPolicy, "Always");
  const { periodSeconds, failureThreshold } = native.container.startupProbe;
  assert.ok(periodSeconds * failureThreshold >= 24 * 3600, "a control plane that is away restarts nothing");
  const plain = ours(all.find((one) => one.rendered.endsWith("deploy/rendered/sidecar-plain.yaml")).objects)[0];
  assert.ok(plain.pod.containers.includes(plain.container));
  assert.equal(plain.container.restartPolicy, undefined);
  const pause = plain.container.lifecycle.preStop.sleep.seconds;
  assert.ok(pause > 0 && pause + 5 < plain.pod.terminationGracePeriodSeconds);
  for (const { pod, container } of [native, plain]) {
    const app = pod.containers.find((one) => one !== container);
    const port = "127.0.0.1:8080";
    assert.equal(app.env.find((one) => one.name === "OPENAI_BASE_URL").value, `http://${port}/v1`);
    assert.ok(pod.terminationGracePeriodSeconds > 30);
  }
});

test("volumes have room for what the configuration lets grow", () => {
  for (const { rendered, objects, config } of configurations) {
    const log = config.logs?.max_bytes ?? standard("max_bytes");
    const spool = config.logs?.spool_bytes ?? standard("spool_bytes");
    const control = ofKind(objects, "StatefulSet")[0];
    const [claim] = control.spec.volumeClaimTemplates ?? [];
    if (claim) assert.ok(bytesOf(claim.spec.resources.requests.storage) >= 1.5 * log, `${rendered}: log`);
    const proxy = ofKind(objects, "Deployment")[0];
    assert.ok(bytesOf(proxy.spec.template.spec.volumes.find((one) => one.emptyDir).emptyDir.sizeLimit) >= 1.5 * spool, `${rendered}: spool`);
  }
});

// ---- security

each("pods meet the restricted pod security standard, and have no token", (objects) => {
  const allowedVolumes = ["configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"];
  for (const workload of workloads(objects)) {
    const pod = workload.spec.template.spec;
    assert.equal(pod.automountServiceAccountToken, false);
    for (const key of ["hostNetwork", "hostPID", "hostIPC"]) assert.ok(!pod[key]);
    for (const volume of pod.volumes ?? [])
      assert.ok(Object.keys(volume).filter((key) => key !== "name").every((key) => allowedVolumes.includes(key)), JSON.stringify(volume));
    for (const container of containersOf(pod)) {
      const context = { ...pod.securityContext, ...container.securityContext };
      assert.equal(context.runAsNonRoot, true, container.name);
      assert.notEqual(context.runAsUser ?? 0, 0, container.name);
      assert.equal(context.seccompProfile.type, "RuntimeDefault");
      assert.equal(context.allowPrivilegeEscalation, false);
      assert.equal(context.readOnlyRootFilesystem, true);
      assert.deepEqual(context.capabilities, { drop: ["ALL"] });
      assert.ok(!(container.ports ?? []).some((port) => port.hostPort));
      assert.ok(container.resources.requests.cpu && container.resources.requests.memory && container.resources.limits.memory, "resources");
    }
  }
  for (const { container, pod } of ours(objects)) assert.equal({ ...pod.securityContext, ...container.securityContext }.runAsUser, 65532);
  for (const account of ofKind(objects, "ServiceAccount")) assert.equal(account.automountServiceAccountToken, false);
  for (const namespace of ofKind(objects, "Namespace")) assert.equal(namespace.metadata.labels["pod-security.kubernetes.io/enforce"], "restricted");
});

each("no secret is written down", (objects, one) => {
  for (const { config } of configurations.filter((other) => other.rendered === one.rendered))
    for (const secret of [...config.gateway.keys.map((key) => key.key), ...config.providers.map((provider) => provider.api_key)])
      assert.match(secret, /^file:\/etc\/smartroute\/keys\//);
  assert.ok(!/\b(sk|srt|sra)[-_][A-Za-z0-9]{8}/.test(read(one.rendered)));
});

each("planes talk over TLS, or say that they do not", (objects) => {
  const settings = planes(objects).map((one) => ({ ...one, environment: environmentOf(objects, one) }));
  for (const { program, environment, container, pod } of settings) {
    const secured = ofKind(objects, "Certificate").length > 0 || Boolean(environment.SMARTROUTE_CONTROL_CERT);
    const names = program === "smartroute-proxy" ? ["SMARTROUTE_CONTROL_CA", "SMARTROUTE_CONTROL_CERT", "SMARTROUTE_CONTROL_KEY"] : ["SMARTROUTE_GRPC_CLIENT_CA", "SMARTROUTE_GRPC_CERT", "SMARTROUTE_GRPC_KEY"];
    const mount = container.volumeMounts.find((one) => one.mountPath === "/etc/smartroute/mtls");
    assert.equal(Boolean(mount), secured);
    const tls = ["SMARTROUTE_TLS_CERT", "SMARTROUTE_ADMIN_TLS_CERT"].map((name) => environment[name]).find(Boolean);
    assert.equal(tls, container.volumeMounts.some((one) => one.mountPath === "/etc/smartroute/tls") ? "/etc/smartroute/tls/tls.crt" : undefined);
    for (const [index, file] of ["ca.crt", "tls.crt", "tls.key"].entries()) assert.equal(environment[names[index]], secured ? `${mount.mountPath}/${file}` : undefined);
    if (program === "smartroute-control") assert.equal(environment.SMARTROUTE_GRPC_INSECURE === "true", !secured);
    if (!secured || program === "smartroute-control" || !settings.some((other) => other.program === "smartroute-control")) continue;
    const volume = pod.volumes.find((one) => one.name === "mtls");
    const server = ofKind(objects, "Certificate").find((one) => one.spec.usages?.includes("server auth"));
    assert.ok(server.spec.dnsNames.includes(environment.SMARTROUTE_CONTROL.split(":")[0]), "the name that proxies ask for");
    const issuer = server.spec.issuerRef.name;
    if (volume.secret) {
      // One certificate for all: the control plane has to know its name.
      const shared = ofKind(objects, "Certificate").find((one) => one.spec.secretName === volume.secret.secretName);
      const control = settings.find((other) => other.program === "smartroute-control");
      assert.deepEqual(shared.spec.uris, [control.environment.SMARTROUTE_GRPC_GROUP_IDENTITY]);
      assert.equal(shared.spec.issuerRef.name, issuer, "one authority signs both");
      continue;
    }
    // The certificate of a proxy names the instance, which is the pod.
    checkCsi(volume, container);
    assert.equal(volume.csi.volumeAttributes["csi.cert-manager.io/issuer-name"], issuer, "one authority signs both");
    assert.ok(named(objects, "Issuer", issuer), issuer);
  }
});

const csiAttributes = ["issuer-name", "issuer-kind", "uri-sans", "key-usages", "duration", "fs-group"].map((key) => `csi.cert-manager.io/${key}`);
function checkCsi({ csi }, container) {
  assert.equal(csi.driver, "csi.cert-manager.io");
  assert.deepEqual(Object.keys(csi.volumeAttributes).sort(), csiAttributes.toSorted());
  assert.equal(csi.volumeAttributes["csi.cert-manager.io/uri-sans"], "spiffe://smartroute/instance/${POD_NAME}");
  assert.equal(csi.volumeAttributes["csi.cert-manager.io/key-usages"], "client auth");
  assert.equal(container.env.find((one) => one.name === "SMARTROUTE_INSTANCE_ID").valueFrom.fieldRef.fieldPath, "metadata.name");
}

test("a sidecar's certificate names its pod, and the control plane's is of the name it calls", () => {
  const { objects } = all.find((one) => one.rendered.endsWith("deploy/rendered/sidecar-mtls.yaml"));
  const [{ pod, container }] = ours(objects);
  checkCsi(pod.volumes.find((one) => one.csi), container);
  const prod = all.find((one) => one.rendered.endsWith("kubernetes/rendered/prod.yaml")).objects;
  const [called] = environmentOf(objects, ours(objects)[0]).SMARTROUTE_CONTROL.split(":");
  assert.ok(named(prod, "Certificate", "smartroute-control-grpc").spec.dnsNames.includes(called));
});

// ---- load

test("the autoscaler goes by a metric that proxies have, and scales down slowly", () => {
  const table = read("dataplane/ops/metric_table.hpp");
  const scalers = all.flatMap(({ objects }) => ofKind(objects, "HorizontalPodAutoscaler"));
  assert.ok(scalers.length >= 2);
  for (const { spec } of scalers) {
    const [{ pods }] = spec.metrics.filter((metric) => metric.type === "Pods");
    assert.ok(new RegExp(`\\{"${pods.metric.name}", MetricKind::Gauge`).test(table), pods.metric.name);
    assert.ok(spec.metrics.some((metric) => metric.resource?.name === "cpu"));
    assert.ok(spec.behavior.scaleDown.stabilizationWindowSeconds >= 300);
    assert.equal(spec.behavior.scaleDown.selectPolicy, "Min");
    assert.ok(spec.behavior.scaleUp.stabilizationWindowSeconds <= 60);
  }
  const { rules } = YAML.parse(read("deploy/kubernetes/components/hpa/prometheus-adapter-values.yaml"));
  assert.equal(rules.custom[0].name.as, scalers[0].spec.metrics.find((metric) => metric.type === "Pods").pods.metric.name);
  assert.ok(rules.custom[0].seriesQuery.startsWith(`${rules.custom[0].name.as}{`));
});

test("a rollout starts the new before it stops the old, and a proxy has a worker for each processor it asks for", () => {
  for (const { objects } of configurations) {
    const [deployment] = ofKind(objects, "Deployment");
    assert.deepEqual(deployment.spec.strategy.rollingUpdate, { maxUnavailable: 0, maxSurge: 1 });
    assert.ok(deployment.spec.progressDeadlineSeconds > deployment.spec.template.spec.terminationGracePeriodSeconds);
    const workers = deployment.spec.template.spec.containers[0].env.find((one) => one.name === "SMARTROUTE_WORKERS");
    assert.deepEqual(workers.valueFrom.resourceFieldRef, { resource: "requests.cpu", divisor: "1" });
  }
});

// ---- versions and words

test("the version is that of the programs", () => {
  const [, version] = /project\(smartroute VERSION ([\d.]+)/.exec(read("CMakeLists.txt"));
  for (const { objects } of all)
    for (const { container } of ours(objects)) assert.match(container.image, new RegExp(`smartroute(:${version.replaceAll(".", "[.]")}|@sha256:[0-9a-f]{64})$`));
  const { appVersion, version: chartVersion } = YAML.parse(read("deploy/helm/smartroute/Chart.yaml"));
  assert.deepEqual([appVersion, chartVersion], [version, version]);
});

test("the image has what the manifests run", () => {
  const image = read("deploy/docker/Dockerfile");
  for (const program of new Set(all.flatMap(({ objects }) => ours(objects).map((one) => one.program)))) assert.ok(image.includes(program), program);
  assert.match(image, /^USER 65532/m);
});

for (const folder of ["deploy/kubernetes", "deploy/helm/smartroute"]) {
  test(`${folder}: both READMEs have the same commands and links, and what they name exists`, () => {
    const [english, chinese] = ["README.md", "README.zh-CN.md"].map((name) => read(`${folder}/${name}`));
    const commands = (text) => [...text.matchAll(/```(?:sh|yaml)\n([\s\S]*?)```/g)].map(([, block]) => block.replace(/#.*$/gm, ""));
    assert.ok(commands(english).length >= 4);
    assert.deepEqual(commands(chinese), commands(english));
    for (const text of [english, chinese]) {
      for (const [, path] of text.matchAll(/((?:deploy|tests)\/[\w./-]*[\w])/g)) assert.ok(existsSync(at(path)), path);
      for (const [, path] of text.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)) assert.ok(existsSync(at(folder, path)), path);
      for (const [, name] of text.matchAll(/--from-literal=([\w-]+)=/g)) assert.ok(["openai", "gateway", "master-key"].includes(name), name);
    }
    if (folder === "deploy/kubernetes")
      for (const name of readdirSync(at("deploy/kubernetes/components"))) assert.ok(english.includes(`\`${name}\``), name);
  });
}
