// The containers of the manifests as processes on this machine: their environment word by word, but for folders, ports and keys. They must
// start, find each other, pass their own probes and serve.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request as plainRequest } from "node:http";
import { request as secureRequest } from "node:https";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";

import { Child, until } from "../conformance/lib/child.mjs";
import { environmentOf, ofKind, ours } from "./lib/objects.mjs";
import { documents, kustomizations, read, releases } from "./lib/sources.mjs";

const scratch = mkdtempSync(join(tmpdir(), "smartroute-deploy-"));
after(() => rmSync(scratch, { recursive: true, force: true }));

const renderedAs = (ending) => documents(read([...kustomizations, ...releases].find((one) => one.rendered.endsWith(ending)).rendered));
const openssl = (...args) => execFileSync("openssl", args, { stdio: ["ignore", "ignore", "pipe"] });

// A folder as cert-manager fills it: ca.crt, tls.crt, tls.key.
function issue(folder, authority, subject, usage) {
  mkdirSync(folder, { recursive: true });
  const [key, request, extensions] = ["tls.key", "tls.csr", "tls.ext"].map((name) => join(folder, name));
  openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out", request, "-subj", "/");
  writeFileSync(extensions, `subjectAltName=critical,${subject}\nextendedKeyUsage=${usage}\nkeyUsage=critical,digitalSignature\nbasicConstraints=critical,CA:FALSE\n`);
  openssl("x509", "-req", "-in", request, "-CA", join(authority, "ca.crt"), "-CAkey", join(authority, "ca.key"), "-CAcreateserial", "-days", "1", "-extfile", extensions, "-out", join(folder, "tls.crt"));
  copyFileSync(join(authority, "ca.crt"), join(folder, "ca.crt"));
}

function authorityIn(folder) {
  mkdirSync(folder, { recursive: true });
  const [key, certificate] = [join(folder, "ca.key"), join(folder, "ca.crt")];
  openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out", certificate, "-days", "1", "-subj", "/CN=planes", "-addext", "keyUsage=critical,keyCertSign,cRLSign");
}

// The container's file system below `folder`, its ports anywhere, and what only a cluster knows.
function placed(environment, folder, more) {
  const values = { ...environment, ...more };
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) delete values[name];
    else values[name] = value.replace(/(?<=^|unix:)\/(?=(var|etc|run)\/)/g, `${folder}/`).replace(/\b(0\.0\.0\.0|127\.0\.0\.1):\d+/g, "$1:0");
  }
  return values;
}

const local = (address) => address.replace("0.0.0.0", "127.0.0.1");

// Starts control plane and proxy of the objects; `proxies` are objects with the proxy when that is another kustomization.
async function deploy(name, objects, proxies = objects) {
  const [control] = ours(objects).filter(({ program }) => program === "smartroute-control");
  const [proxy] = ours(proxies).filter(({ program }) => program === "smartroute-proxy");
  const folders = { control: join(scratch, name, "control"), proxy: join(scratch, name, "proxy") };
  for (const folder of Object.values(folders)) for (const path of ["var/lib/smartroute", "run/smartroute"]) mkdirSync(join(folder, path), { recursive: true });

  const [config] = ofKind(objects, "ConfigMap").filter((map) => map.data["smartroute.yaml"]);
  const text = config.data["smartroute.yaml"].replaceAll("file:/etc/", `file:${folders.control}/etc/`);
  for (const [, path] of text.matchAll(/file:([^"'\s,}]+)/g)) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `secret-of-${path.split("/").at(-1)}\n`);
  }
  const configFile = join(folders.control, "etc/smartroute/config/smartroute.yaml");
  mkdirSync(dirname(configFile), { recursive: true });
  writeFileSync(configFile, text);

  const instance = `${proxy.workload.metadata.name}-7c9d8-x2x4z`;
  if (ofKind(objects, "Certificate").length > 0) {
    const authority = join(scratch, name, "authority");
    authorityIn(authority);
    issue(join(folders.control, "etc/smartroute/mtls"), authority, "DNS:localhost", "serverAuth");
    const group = environmentOf(objects, control).SMARTROUTE_GRPC_GROUP_IDENTITY;
    issue(join(folders.proxy, "etc/smartroute/mtls"), authority, `URI:${group ?? `spiffe://smartroute/instance/${instance}`}`, "clientAuth");
  }

  for (const [plane, one] of [["control", control], ["proxy", proxy]]) {
    if (!one.container.volumeMounts.some((mount) => mount.mountPath === "/etc/smartroute/tls")) continue;
    const authority = join(scratch, name, "public");
    authorityIn(authority);
    issue(join(folders[plane], "etc/smartroute/tls"), authority, "DNS:localhost,IP:127.0.0.1", "serverAuth");
  }

  const start = (one, folder, environment) => {
    const readyFile = join(folder, "ready.json");
    const child = new Child({ name: one.program, program: one.program, readyFile, env: environment, argsOf: () => [...one.container.command.slice(1), ...(one.container.args ?? []), "--ready-file", readyFile] });
    child.stopSignal = "SIGINT";
    return child;
  };
  const planes = { control: start(control, folders.control, placed(environmentOf(objects, control), folders.control, { SMARTROUTE_MASTER_KEY: undefined, TZ: "UTC" })) };
  await planes.control.start();
  const port = planes.control.ready.grpc.split(":").at(-1);
  const settings = placed(environmentOf(proxies, proxy), folders.proxy, { SMARTROUTE_INSTANCE_ID: instance, SMARTROUTE_WORKERS: "1" });
  planes.proxy = start(proxy, folders.proxy, { ...settings, SMARTROUTE_CONTROL: `localhost:${port}`, SSL_CERT_FILE: "" });
  try {
    await planes.proxy.start();
  } catch (error) {
    await planes.proxy.kill();
    await planes.control.stop();
    throw new Error(`${error.message}\n${planes.control.log}`);
  }
  return { ...planes, settings, folders, containers: { control: control.container, proxy: proxy.container }, instance };
}

async function probe(container, address) {
  for (const kind of ["startupProbe", "livenessProbe", "readinessProbe"]) {
    const { path } = container[kind].httpGet;
    await until(`${kind} ${path} of ${container.name}`, async () => (await fetch(`http://${local(address)}${path}`)).status === 200);
  }
}

// Status of GET, by HTTPS with the one authority to trust, or through a Unix socket.
const statusOf = (request, options) =>
  new Promise((resolve, reject) => {
    request({ ...options, agent: false }, (response) => response.resume().on("end", () => resolve(response.statusCode)))
      .on("error", reject)
      .end();
  });

for (const [name, objects, proxies] of [
  ["dev", renderedAs("kubernetes/rendered/dev.yaml")],
  ["prod", renderedAs("kubernetes/rendered/prod.yaml")],
  ["chart", renderedAs("helm/rendered/default.yaml")],
  ["chart with everything", renderedAs("helm/rendered/everything.yaml")],
  ["chart with one certificate for all", renderedAs("helm/rendered/other.yaml")],
  ["HTTPS", renderedAs("deploy/rendered/tls.yaml")],
  ["sidecar", renderedAs("kubernetes/rendered/dev.yaml"), renderedAs("kubernetes/rendered/sidecar-example.yaml")],
  ["sidecar with a socket", renderedAs("kubernetes/rendered/dev.yaml"), renderedAs("deploy/rendered/sidecar-socket.yaml")],
]) {
  test(`${name}: both planes start with this environment, pass their probes and serve`, async () => {
    const { control, proxy, settings, folders, containers, instance } = await deploy(name.replaceAll(" ", "-"), objects, proxies);
    try {
      await probe(containers.control, control.ready.control_ops);
      await probe(containers.proxy, proxy.ready.proxy_ops);
      const models = (key) => fetch(`http://${local(proxy.ready.listen.split(",")[0])}/v1/models`, { headers: key ? { authorization: `Bearer ${key}` } : {} });
      assert.equal((await models("secret-of-gateway")).status, 200, "the key of the Secret opens");
      assert.equal((await models()).status, 401, "nothing else does");
      const authorization = "Bearer secret-of-gateway";
      if (settings.SMARTROUTE_TLS_LISTEN) {
        const ca = readFileSync(join(folders.proxy, "etc/smartroute/tls/ca.crt"));
        const [, port] = /https:\/\/[\d.]+:(\d+)/.exec(JSON.stringify(proxy.ready));
        assert.equal(await statusOf(secureRequest, { host: "localhost", port, path: "/v1/models", headers: { authorization }, ca }), 200);
        const dashboard = { host: "localhost", port: control.ready.admin.split(":").at(-1), path: "/", ca: readFileSync(join(folders.control, "etc/smartroute/tls/ca.crt")) };
        assert.ok((await statusOf(secureRequest, dashboard)) < 500);
      }
      const [, socketPath] = /unix:([^,]+)/.exec(settings.SMARTROUTE_LISTEN) ?? [];
      if (socketPath) assert.equal(await statusOf(plainRequest, { socketPath, path: "/v1/models", headers: { authorization } }), 200);
      const metrics = await (await fetch(`http://${local(proxy.ready.proxy_ops)}/metrics`)).text();
      assert.match(metrics, /^smartroute_inflight_requests \d/m, "what the autoscaler goes by");
      assert.match(metrics, /^smartroute_cp_connected 1$/m);
      assert.match(control.log, new RegExp(`"data plane connected".*"instance":"${instance}"`));
    } finally {
      const ends = [await proxy.stop(), await control.stop()];
      assert.deepEqual(ends.map((end) => end.code), [0, 0], `${proxy.log}\n${control.log}`);
    }
  });
}
