// Checks objects against the API's own types: missing fields, wrong types and fields that do not exist. An object becomes a literal of its
// type, and the TypeScript compiler says what is wrong with it.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import ts from "typescript";

const here = dirname(fileURLToPath(import.meta.url));
const core = "kubernetes-types";
const operator = "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1";
const certManager = "@kubernetes-models/cert-manager/cert-manager.io/v1";
const types = {
  "v1 Namespace": [`${core}/core/v1`, "Namespace"],
  "v1 ServiceAccount": [`${core}/core/v1`, "ServiceAccount"],
  "v1 ConfigMap": [`${core}/core/v1`, "ConfigMap"],
  "v1 Secret": [`${core}/core/v1`, "Secret"],
  "v1 Service": [`${core}/core/v1`, "Service"],
  "v1 PersistentVolumeClaim": [`${core}/core/v1`, "PersistentVolumeClaim"],
  "v1 Pod": [`${core}/core/v1`, "Pod"],
  "apps/v1 Deployment": [`${core}/apps/v1`, "Deployment"],
  "apps/v1 StatefulSet": [`${core}/apps/v1`, "StatefulSet"],
  "policy/v1 PodDisruptionBudget": [`${core}/policy/v1`, "PodDisruptionBudget"],
  "autoscaling/v2 HorizontalPodAutoscaler": [`${core}/autoscaling/v2`, "HorizontalPodAutoscaler"],
  "networking.k8s.io/v1 NetworkPolicy": [`${core}/networking/v1`, "NetworkPolicy"],
  "networking.k8s.io/v1 Ingress": [`${core}/networking/v1`, "Ingress"],
  "monitoring.coreos.com/v1 PodMonitor": [`${operator}/PodMonitor`, "IPodMonitor"],
  "monitoring.coreos.com/v1 ServiceMonitor": [`${operator}/ServiceMonitor`, "IServiceMonitor"],
  "monitoring.coreos.com/v1 PrometheusRule": [`${operator}/PrometheusRule`, "IPrometheusRule"],
  "cert-manager.io/v1 Certificate": [`${certManager}/Certificate`, "ICertificate"],
  "cert-manager.io/v1 Issuer": [`${certManager}/Issuer`, "IIssuer"],
  "cert-manager.io/v1 ClusterIssuer": [`${certManager}/ClusterIssuer`, "IClusterIssuer"],
};

// Complaints about named objects ({name: object}), each beginning with its name; none when all is well.
export function schemaProblems(objects) {
  const problems = [];
  const sources = new Map();
  for (const [name, object] of Object.entries(objects)) {
    const type = types[`${object.apiVersion} ${object.kind}`];
    if (!type) {
      problems.push(`${name}: no schema for ${object.apiVersion} ${object.kind}`);
      continue;
    }
    const [module, exported] = type;
    sources.set(join(here, `object_${sources.size}.ts`), { name, text: `import type { ${exported} as T } from "${module}";\nexport const o: T = ${JSON.stringify(object, null, 1)};\n` });
  }
  const options = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
  };
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (path) => sources.has(path) || fileExists(path);
  host.readFile = (path) => sources.get(path)?.text ?? readFile(path);
  host.getSourceFile = (path, version, ...rest) =>
    sources.has(path) ? ts.createSourceFile(path, sources.get(path).text, version) : getSourceFile(path, version, ...rest);
  const program = ts.createProgram([...sources.keys()], options, host);
  for (const diagnostic of ts.getPreEmitDiagnostics(program)) {
    const owner = sources.get(diagnostic.file?.fileName);
    problems.push(`${owner?.name ?? diagnostic.file?.fileName ?? "compiler"}: ${ts.flattenDiagnosticMessageText(diagnostic.messageText, " ")}`);
  }
  return problems;
}

// Checks values where the compiler sees no more than a string: quantities, durations, words of a closed list. It knows all that has a type above.
export async function valueProblems(objects) {
  const problems = [];
  for (const [name, object] of Object.entries(objects)) {
    const known = types[`${object.apiVersion} ${object.kind}`];
    if (!known) continue;
    // The core group's models lie where its types do not.
    const module = known[0].replace(`${core}/core/v1`, "kubernetes-models/v1").replace(`${core}/networking/`, "kubernetes-models/networking.k8s.io/").replace(`${core}/`, "kubernetes-models/");
    const Model = (await import(module))[object.kind];
    try {
      new Model(object).validate();
    } catch (error) {
      problems.push(`${name}: ${error.message}`);
    }
  }
  return problems;
}
