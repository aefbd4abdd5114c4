// The metrics reference, from the tables that name every metric of a plane.
import { readFileSync } from "node:fs";
import { join } from "node:path";

const unquote = (literals) => [...literals.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, text]) => text.replace(/\\(.)/g, "$1")).join("");

// Rows of `constexpr MetricRow kName{"name", MetricKind::Kind, "help"…}`.
export function dataPlaneRows(source) {
  const row = /constexpr MetricRow \w+\{\s*"(\w+)",\s*MetricKind::(\w+),\s*((?:"(?:[^"\\]|\\.)*"\s*)+)/g;
  return [...source.matchAll(row)].map(([, name, kind, help]) => ({ name, kind: kind.toLowerCase(), help: unquote(help) }));
}

// Calls of page.counter, page.gauge and page.family.
export function controlPlaneRows(source) {
  const call = /page\.(counter|gauge|family)\(\s*"(\w+)",\s*((?:"(?:[^"\\]|\\.)*"\s*)+),\s*(?:MetricType::(\w+))?/g;
  return [...source.matchAll(call)].map(([, method, name, help, type]) => ({ name, kind: method === "family" ? (type ?? "gauge").toLowerCase() : method, help: unquote(help) }));
}

function table(rows, say) {
  const sorted = [...rows].sort((a, b) => a.name.localeCompare(b.name));
  return [`| ${say("Metric")} | ${say("Type")} | ${say("Meaning")} |`, "|---|---|---|", ...sorted.map(({ name, kind, help }) => `| \`${name}\` | ${say(kind)} | ${say(help).replace(/\|/g, "\\|")} |`)].join("\n");
}

export function metrics(root, say) {
  const read = (path) => readFileSync(join(root, path), "utf8");
  const data = dataPlaneRows(read("dataplane/ops/metric_table.hpp"));
  const control = controlPlaneRows(read("controlplane/ops/metrics.cpp"));
  // A table that was rewritten in another shape must not end as an empty page.
  for (const [rows, source, pattern] of [
    [data, "dataplane/ops/metric_table.hpp", /MetricRow k\w+\{/g],
    [control, "controlplane/ops/metrics.cpp", /page\.(counter|gauge|family)\(\s*"/g],
  ]) {
    const there = [...read(source).matchAll(pattern)].length;
    if (rows.length !== there || there === 0) throw new Error(`${source}: ${there} metrics, ${rows.length} understood`);
  }
  return `# ${say("Metrics")}

${say("Made by `node tools/reference/main.mjs` from the tables in the code; change those.")}

${say("Data planes serve them at `/metrics` of the ops port (8081), the control plane at `/metrics` of its own (6690). Names that begin with `gen_ai_` follow the OpenTelemetry GenAI conventions, which are still in development; a client is a call to a provider, a server is what our caller sees. Model and provider names are bounded: what comes after 1,000 models is `other`. Alerts and dashboards that use them: [alerts.yml](alerts.yml), [deploy/grafana](../grafana/README.md).")}

## ${say("Data plane")}

${table(data, say)}

## ${say("Control plane")}

${table(control, say)}
`;
}
