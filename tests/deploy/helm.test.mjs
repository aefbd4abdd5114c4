// The chart's values: what people may write, what the templates read, and what is documented are the same.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { test } from "node:test";

import Ajv from "ajv";
import YAML from "yaml";

import { at, chart, read, toolPath } from "./lib/sources.mjs";

const values = YAML.parse(read(`${chart}/values.yaml`));
const schema = JSON.parse(read(`${chart}/values.schema.json`));
const validate = new Ajv({ strict: true, allowUnionTypes: true }).compile(schema);
const overlaid = (base, more) => {
  if (more === null || typeof more !== "object" || Array.isArray(more) || base === null || typeof base !== "object" || Array.isArray(base)) return more;
  const result = { ...base };
  for (const [key, value] of Object.entries(more)) result[key] = key in base ? overlaid(base[key], value) : value;
  return result;
};

test("the schema takes the default values and those of the tests", () => {
  for (const more of [{}, ...["everything", "other"].map((name) => YAML.parse(read(`deploy/helm/values/${name}.yaml`)))])
    assert.ok(validate(overlaid(values, more)), JSON.stringify(validate.errors));
});

test("the schema refuses what is misspelt or of the wrong kind", () => {
  for (const wrong of [
    { replicas: 3 },
    { replicaCount: "three" },
    { image: { tags: "1" } },
    { image: { pullPolicy: "Sometimes" } },
    { image: { digest: "0123" } },
    { service: { port: 70000 } },
    { service: { kind: "ClusterIP" } },
    { ingress: { hosts: [{ host: "a", paths: [{ path: "/" }] }] } },
    { autoscaling: { maxReplicas: 0 } },
    { autoscaling: { targetCPU: 70 } },
    { persistence: { size: "a lot" } },
    { persistence: { accessModes: ["ReadWriteMany"] } },
    { mtls: { identity: "pod" } },
    { configMode: "both" },
    { control: { replicaCount: 2 } },
    { serviceMonitor: { interval: 15 } },
    { extraEnv: { A: "b" } },
    { networkPolicy: { enabled: "yes" } },
  ])
    assert.ok(!validate(overlaid(values, wrong)), JSON.stringify(wrong));
});

// Paths of the values that people set: an object that is passed on whole (empty, or free in the schema) is one value.
function leaves(value, rule, path = []) {
  const resolved = rule?.$ref ? schema.definitions[rule.$ref.split("/").at(-1)] : rule;
  if (!resolved?.properties) return [path.join(".")];
  return Object.keys(resolved.properties).flatMap((key) => leaves(value?.[key], resolved.properties[key], [...path, key]));
}

const templates = readdirSync(at(chart, "templates"))
  .map((name) => read(`${chart}/templates/${name}`))
  .join("\n");

test("templates read every value that the schema knows, and no other", () => {
  const readPaths = new Set([...templates.matchAll(/\.Values\.([A-Za-z_][\w.]*)/g)].map(([, path]) => path.replace(/\.$/, "")));
  const known = leaves(values, schema).filter((path) => path !== "global");
  // Both ingresses are read by one template, which is handed the whole of each.
  for (const path of known) {
    const above = path.split(".").map((_, index, parts) => parts.slice(0, index + 1).join("."));
    assert.ok(above.some((one) => readPaths.has(one)), `${path} is read nowhere`);
  }
  for (const path of readPaths)
    assert.ok(known.some((one) => one === path || one.startsWith(`${path}.`) || path.startsWith(`${one}.`)), `.Values.${path} is not in the schema`);
});

test("values.yaml has every value of the schema, and a word about it", () => {
  const at = (path) => path.split(".").reduce((value, key) => value?.[key], values);
  for (const path of leaves(values, schema).filter((one) => !["global", "resources.claims", "control.resources.claims"].includes(one)))
    assert.notEqual(at(path), undefined, path);
});

test("helm itself finds nothing wrong with the chart", (t) => {
  const helm = toolPath("helm");
  if (!helm) return t.diagnostic("no helm here: rendered files are compared by the fingerprint of their sources");
  for (const extra of [[], ...["everything", "other"].map((name) => ["--values", at(`deploy/helm/values/${name}.yaml`)])]) {
    const run = spawnSync(helm, ["lint", "--strict", "--kube-version", "1.30.0", at(chart), ...extra], { encoding: "utf8" });
    assert.equal(run.status, 0, run.stdout + run.stderr);
  }
  const wrong = spawnSync(helm, ["template", at(chart), "--kube-version", "1.30.0", "--set", "replicas=3"], { encoding: "utf8" });
  assert.notEqual(wrong.status, 0);
  assert.match(wrong.stderr, /replicas/);
});
