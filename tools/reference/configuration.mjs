// The configuration reference: every field of config.proto by the path that a document uses, its kind, its default, and its comment.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

// The dashboard's pinned library reads descriptors; its folder is where npm has put it.
const library = (root) => {
  const require = createRequire(join(root, "dashboard", "package.json"));
  return { ...require("@bufbuild/protobuf"), ...require("@bufbuild/protobuf/wkt") };
};

// Fields whose messages are written as one value.
const scalars = { "google.protobuf.Duration": "duration", "smartroute.v1.SecretValue": "secret", "smartroute.v1.JsonObject": "JSON object" };

// A document with one of each thing that has none by default, so that the defaults of its fields are shown.
const example = {
  gateway: { keys: [{ name: "example", key: "0123456789abcdef0123" }] },
  providers: [{ id: "example", base_url: "https://api.example.com/v1", api_key: "0123456789abcdef" }],
  models: [{ id: "example/model" }],
  tiers: { t1: { models: ["example/model"] }, t2: { models: ["example/model"] }, t3: { models: ["example/model"] } },
};

function descriptors(root) {
  const { fromBinary, createFileRegistry, FileDescriptorSetSchema } = library(root);
  const folder = mkdtempSync(join(tmpdir(), "smartroute-reference-"));
  try {
    const out = join(folder, "set.bin");
    const proto = join(root, "proto");
    const run = spawnSync("protoc", ["-I", proto, "--include_imports", "--include_source_info", `--descriptor_set_out=${out}`, "smartroute/v1/config.proto"], { encoding: "utf8" });
    if (run.status !== 0) throw new Error(`protoc: ${run.error?.message ?? run.stderr}`);
    return createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(out)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

// Comments by the path of source_code_info: of a field in a message that may lie in another.
function commentsOf(file) {
  const found = new Map();
  for (const { path, leadingComments, trailingComments } of file.proto.sourceCodeInfo.location) {
    const text = [leadingComments, trailingComments].filter(Boolean).join(" ").replace(/\s+/g, " ").trim();
    if (text) found.set(path.join("."), text);
  }
  const messages = 4, fields = 2, enums = 4, values = 2, topEnums = 5;
  const ofField = (field) => {
    const index = field.parent.proto.field.indexOf(field.proto);
    return found.get(`${messages}.${file.messages.indexOf(field.parent)}.${fields}.${index}`) ?? "";
  };
  const ofMessage = (message) => found.get(`${messages}.${file.messages.indexOf(message)}`) ?? "";
  const ofValue = (value) => {
    const { parent } = value;
    const index = parent.values.indexOf(value);
    const at = parent.parent ? `${messages}.${file.messages.indexOf(parent.parent)}.${enums}.${parent.parent.nestedEnums.indexOf(parent)}` : `${topEnums}.${file.enums.indexOf(parent)}`;
    return found.get(`${at}.${values}.${index}`) ?? "";
  };
  return { ofField, ofMessage, ofValue };
}

// "STRATEGY_SEQUENTIAL" of Strategy -> "sequential", as a document spells it.
const spelled = (value) => value.name.slice(value.parent.sharedPrefix.length).toLowerCase();
const named = (value) => ({ name: value.name, parent: value.parent });

function kindOf(field, say) {
  const one = (kind, message, enumeration) => {
    if (kind === "enum") return enumeration.values.slice(1).map((value) => `\`${spelled(named(value))}\``).join(" ");
    if (kind === "message") return say(scalars[message.typeName] ?? "object");
    return say({ 9: "text", 8: "true or false", 1: "number", 3: "whole number", 5: "whole number" }[field.scalar] ?? "number");
  };
  if (field.fieldKind === "list") return say("list of {{kind}}").replace("{{kind}}", one(field.listKind, field.message, field.enum));
  if (field.fieldKind === "map") return say("names with {{kind}}").replace("{{kind}}", field.mapKind === "scalar" ? say("text") : say(scalars[field.message.typeName] ?? "object"));
  return one(field.fieldKind, field.message, field.enum);
}

// What a document without the field runs with, as JSON; undefined: nothing is said.
function defaults(smartroute) {
  const run = spawnSync(smartroute, ["validate", "--effective", "-"], { input: JSON.stringify(example), encoding: "utf8" });
  if (run.status !== 0) throw new Error(`${smartroute} validate --effective: ${run.error?.message ?? run.stderr}${run.stdout}`);
  return JSON.parse(run.stdout);
}

const shown = (value) => {
  if (value === undefined || value === "" || (Array.isArray(value) && value.length === 0) || (typeof value === "object" && value !== null && Object.keys(value).length === 0)) return "";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > 80 ? "" : `\`${text.replace(/\|/g, "\\|")}\``;
};

const at = (document, path) => path.split(".").reduce((value, name) => (name.endsWith("[]") ? value?.[name.slice(0, -2)]?.[0] : value?.[name]), document);

export function configuration(root, smartroute, say) {
  const registry = descriptors(root);
  const file = registry.getFile("smartroute/v1/config.proto");
  const comments = commentsOf(file);
  const effective = defaults(smartroute);
  const ours = (path) => example[path.split(/[.[]/)[0]] && at(example, path) !== undefined;

  const meaning = (field) => {
    const own = comments.ofField(field);
    const words = own ? [say(own)] : field.message && !scalars[field.message.typeName] && comments.ofMessage(field.message) ? [say(comments.ofMessage(field.message))] : [];
    for (const value of field.enum?.values.slice(1) ?? []) {
      const said = comments.ofValue(value);
      if (said) words.push(`\`${spelled(named(value))}\`: ${say(said)}`);
    }
    return words.join("<br>").replace(/\|/g, "\\|");
  };
  const undescribed = [];
  const rows = (message, path) =>
    message.fields.flatMap((field) => {
      const many = field.fieldKind === "list" && field.listKind === "message" && !scalars[field.message.typeName];
      const here = `${path}.${field.name}${many ? "[]" : ""}`;
      const nested = field.message && field.fieldKind !== "map" && !scalars[field.message.typeName];
      const text = meaning(field);
      if (!text && !nested) undescribed.push(here);
      const row = `| \`${here}\` | ${kindOf(field, say)} | ${nested || ours(here) ? "" : shown(at(effective, here))} | ${text} |`;
      return nested ? [...(text ? [row] : []), ...rows(field.message, here)] : [row];
    });

  const head = (cells) => [`| ${cells.map(say).join(" | ")} |`, "|---|---|---|---|"];
  const config = registry.getMessage("smartroute.v1.Config");
  const sections = config.fields.filter(({ message, fieldKind }) => message && fieldKind !== "map");
  const plain = config.fields.filter((field) => !sections.includes(field));
  const tiers = registry.getMessage("smartroute.v1.Tiers");
  const body = sections.map((field) => {
    const list = field.fieldKind === "list";
    const name = `${field.name}${list ? "[]" : ""}`;
    const about = comments.ofField(field) || comments.ofMessage(field.message);
    // The three tiers have the same fields.
    const content = field.message === tiers ? rows(tiers.fields[0].message, "tiers.t1") : rows(field.message, name);
    return [`## ${field.name}`, "", ...(about ? [say(about), ""] : []), ...(field.message === tiers ? [say("`t1`, `t2` and `t3` have the same fields."), ""] : []), ...head(["Field", "Kind", "Default", "Meaning"]), ...content].join("\n");
  });
  if (undescribed.length > 0) throw new Error(`config.proto says nothing of ${undescribed.join(", ")}`);
  return `# ${say("Configuration reference")}

${say("Made by `node tools/reference/main.mjs` from the comments of `proto/smartroute/v1/config.proto`; change those.")}

${say("A document is YAML or JSON with these names. Durations are written as `500ms`, `5s`, `5m` or `24h`. A secret is `${ENV_NAME}`, `file:/path`, or the value itself; no API and no page ever shows it again. `smartroute validate FILE` checks a document, and `smartroute validate --effective FILE` prints it with every default written out.")}

## ${say("At the top")}

${[...head(["Field", "Kind", "Default", "Meaning"]), ...plain.map((field) => `| \`${field.name}\` | ${kindOf(field, say)} | | ${meaning(field)} |`)].join("\n")}

${body.join("\n\n")}
`;
}
