// Questions about rendered objects.
export const named = (objects, kind, name) => objects.find((object) => object.kind === kind && object.metadata.name === name);
export const ofKind = (objects, ...kinds) => objects.filter((object) => kinds.includes(object.kind));
const asWorkload = (object) => (object.kind === "Pod" ? { ...object, spec: { template: object } } : object);
export const workloads = (objects) => ofKind(objects, "Deployment", "StatefulSet", "DaemonSet", "Job", "Pod").map(asWorkload);
export const containersOf = (pod) => [...(pod.initContainers ?? []), ...pod.containers];

// Containers that run a program of ours: {workload, pod, container, program}.
export const ours = (objects) =>
  workloads(objects).flatMap((workload) => {
    const pod = workload.spec.template.spec;
    return containersOf(pod)
      .filter((container) => container.command?.[0].startsWith("smartroute"))
      .map((container) => ({ workload, pod, container, program: container.command[0] }));
  });
export const planes = (objects) => ours(objects).filter(({ program }) => program !== "smartroute");

// Environment as the container sees it: name -> value, or undefined where a Secret or the pod gives it.
export function environmentOf(objects, { container }) {
  const environment = {};
  for (const { configMapRef } of container.envFrom ?? []) {
    const map = named(objects, "ConfigMap", configMapRef.name);
    if (!map && configMapRef.optional) continue;
    if (!map) throw new Error(`no ConfigMap ${configMapRef.name}`);
    Object.assign(environment, map.data);
  }
  for (const { name, value } of container.env ?? []) environment[name] = value;
  return environment;
}

export const matches = (selector, labels) =>
  Object.entries(selector?.matchLabels ?? selector ?? {}).every(([key, value]) => labels?.[key] === value);

// Pod templates that a selector picks.
export const podsOf = (objects, selector) =>
  workloads(objects)
    .map((workload) => workload.spec.template)
    .filter((template) => matches(selector, template.metadata.labels));

export const portsOf = (template) => containersOf(template.spec).flatMap((container) => container.ports ?? []);

// "16Gi", "512Mi", "1000000" as bytes.
export function bytesOf(quantity) {
  const [, number, unit] = /^([\d.]+)(Ki|Mi|Gi|Ti)?$/.exec(quantity);
  return Number(number) * 1024 ** ["", "Ki", "Mi", "Gi", "Ti"].indexOf(unit ?? "");
}

// "10m", "5s", "500ms", "1h" as seconds.
export function secondsOf(text) {
  const [, number, unit] = /^([\d.]+)(ms|s|m|h)$/.exec(text);
  return Number(number) * { ms: 0.001, s: 1, m: 60, h: 3600 }[unit];
}
