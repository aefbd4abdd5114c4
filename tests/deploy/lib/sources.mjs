// Where the manifests are, how they are rendered, and what they were rendered from.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import YAML from "yaml";

export const root = resolve(dirname(fileURLToPath(import.meta.url)), "../../..");
export const at = (...parts) => join(root, ...parts);
export const read = (path) => readFileSync(at(path), "utf8");
export const documents = (text) =>
  YAML.parseAllDocuments(text)
    .map((document) => {
      if (document.errors.length > 0) throw document.errors[0];
      return document.toJS();
    })
    .filter((object) => object !== null);

// Each rendered file of the tree, the tool that makes it, and the folders and files it depends on.
export const kustomizations = ["dev", "prod", "sidecar-example", "restore"]
  .map((name) => ({ source: `deploy/kubernetes/overlays/${name}`, rendered: `deploy/kubernetes/rendered/${name}.yaml` }))
  .concat(
    readdirSync(at("tests/deploy/kustomize")).map((name) => ({
      source: `tests/deploy/kustomize/${name}`,
      rendered: `tests/deploy/rendered/${name}.yaml`,
    })),
  )
  .map((one) => ({ ...one, tool: "kubectl", args: ["kustomize", at(one.source)], parts: ["deploy/kubernetes/base", "deploy/kubernetes/components", "deploy/kubernetes/overlays", "deploy/grafana", one.source] }));

export const chart = "deploy/helm/smartroute";
const helm = (name, extra) => ({
  source: chart,
  rendered: `deploy/helm/rendered/${name}.yaml`,
  tool: "helm",
  args: ["template", "smartroute", at(chart), "--namespace", "smartroute", "--kube-version", "1.30.0", ...extra],
  parts: [chart, ...extra.filter((one) => one.startsWith("/")).map((one) => relative(root, one))],
});
export const releases = [helm("default", []), ...["everything", "other"].map((name) => helm(name, ["--values", at(`deploy/helm/values/${name}.yaml`)]))];

// Files that the chart has copies of, because a chart is whole in its own folder: [original, copy].
export const copies = [["deploy/prometheus/alerts.yml", `${chart}/files/alerts.yml`]].concat(
  readdirSync(at("deploy/grafana"))
    .filter((name) => name.endsWith(".json"))
    .map((name) => [`deploy/grafana/${name}`, `${chart}/files/${name}`]),
);

// The tool's path, or undefined where the machine has none. KUBECTL and HELM name another one.
const madeTools = at("build/go/bin");
export function toolPath(name) {
  const named = process.env[name.toUpperCase()];
  if (named) return named;
  return [...(process.env.PATH ?? "").split(":"), madeTools].map((folder) => join(folder, name)).find((path) => existsSync(path));
}

// Builds helm where there is none but Go: some minutes, once.
export function makeHelm() {
  if (toolPath("helm") || !toolPath("go")) return;
  console.log("building helm with Go ...");
  const run = spawnSync(toolPath("go"), ["install", "helm.sh/helm/v3/cmd/helm@v3.19.5"], { stdio: "inherit", env: { ...process.env, GOBIN: madeTools } });
  if (run.status !== 0) throw new Error("helm could not be built");
}

function filesBelow(path) {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesBelow(join(path, name)));
}

// SHA-256 over names and contents of everything that is rendered. Prose does not count.
export function fingerprint(parts) {
  const hash = createHash("sha256");
  for (const part of parts)
    for (const file of filesBelow(at(part)).filter((path) => !path.endsWith(".md")))
      hash.update(`${relative(root, file)}\0`).update(readFileSync(file)).update("\0");
  return hash.digest("hex");
}

// What the tool makes of it, with a head that names the sources.
export function render({ tool, args, parts, source }) {
  const path = toolPath(tool);
  if (!path) throw new Error(`${tool} is not on PATH, and ${tool.toUpperCase()} does not name one`);
  const run = spawnSync(path, args, { encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
  if (run.status !== 0) throw new Error(`${tool} ${args.join(" ")} failed: ${run.stderr}`);
  return `# Made by "npm run render" in tests/deploy from ${source}; not to be edited.\n# sources: ${fingerprint(parts)}\n${run.stdout}`;
}

// The PrometheusRule that carries the rules of deploy/prometheus/alerts.yml.
export const ruleFile = "deploy/kubernetes/components/monitoring/prometheus-rule.yaml";
export function prometheusRule() {
  const { groups } = YAML.parse(read("deploy/prometheus/alerts.yml"));
  const rule = {
    apiVersion: "monitoring.coreos.com/v1",
    kind: "PrometheusRule",
    metadata: { name: "smartroute", labels: { "app.kubernetes.io/name": "smartroute" } },
    spec: { groups },
  };
  const head = '# Made by "npm run render" in tests/deploy from deploy/prometheus/alerts.yml; not to be edited.\n';
  return head + YAML.stringify(rule, { lineWidth: 0, aliasDuplicateObjects: false });
}
