// Writes the references that are made from the code, so that they cannot be wrong: proto/CONFIGURATION.md from the comments of config.proto
// and the defaults that `smartroute validate --effective` prints, deploy/prometheus/METRICS.md from the tables of both planes; each in
// English and Chinese.
//
//   node tools/reference/main.mjs [--check] [PATH/TO/smartroute]
//
// --check writes nothing, and fails when what lies in the tree is something else. A text without a Chinese one in texts.zh-CN.json fails too.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

import { configuration } from "./configuration.mjs";
import { metrics } from "./metrics.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const args = process.argv.slice(2);
const check = args.includes("--check");
const smartroute = args.find((arg) => !arg.startsWith("--")) ?? join(process.env.SMARTROUTE_BIN ?? join(root, "build", "dev", "bin"), "smartroute");
const textsFile = join(root, "tools", "reference", "texts.zh-CN.json");
const chinese = JSON.parse(readFileSync(textsFile, "utf8"));

const missing = new Set();
const used = new Set();
const languages = {
  "": (text) => text,
  ".zh-CN": (text) => {
    used.add(text);
    if (!chinese[text]) missing.add(text);
    return chinese[text] ?? text;
  },
};

let stale = 0;
for (const [suffix, say] of Object.entries(languages)) {
  const pages = {
    [`proto/CONFIGURATION${suffix}.md`]: configuration(root, smartroute, say),
    [`deploy/prometheus/METRICS${suffix}.md`]: metrics(root, say),
  };
  for (const [name, text] of Object.entries(pages)) {
    const path = join(root, name);
    if ((existsSync(path) ? readFileSync(path, "utf8") : "") === text) continue;
    stale += 1;
    console.log(`${check ? "stale" : "written"}: ${relative(root, path)}`);
    if (!check) writeFileSync(path, text);
  }
}
for (const text of missing) console.log(`without a Chinese text: ${JSON.stringify(text)}`);
const unused = Object.keys(chinese).filter((text) => !used.has(text));
for (const text of unused) console.log(`a Chinese text of nothing: ${JSON.stringify(text)}`);
if (check && stale > 0) console.log("run: node tools/reference/main.mjs");
process.exitCode = missing.size > 0 || unused.length > 0 || (check && stale > 0) ? 1 : 0;
