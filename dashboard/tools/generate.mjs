// Writes src/gen from the contract in ../proto, with the system's protoc and the plugin pinned here.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const dashboard = join(dirname(fileURLToPath(import.meta.url)), "..");
const proto = join(dashboard, "..", "proto");
const out = join(dashboard, "src", "gen");
const plugin = join(dashboard, "node_modules", ".bin", "protoc-gen-es");
if (!existsSync(plugin)) {
  console.error("protoc-gen-es is not installed: run npm ci first");
  process.exit(1);
}
const files = readdirSync(join(proto, "smartroute", "v1"))
  .filter((name) => name.endsWith(".proto"))
  .map((name) => `smartroute/v1/${name}`);

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
const run = spawnSync(
  process.env.PROTOC || "protoc",
  ["-I", proto, `--plugin=protoc-gen-es=${plugin}`, `--es_out=${out}`, "--es_opt=target=ts", ...files],
  // The plugin is a script for "node on PATH": let it be the one that runs this.
  { stdio: "inherit", env: { ...process.env, PATH: dirname(process.execPath) + delimiter + process.env.PATH } },
);
if (run.error) console.error(`protoc did not start: ${run.error.message}`);
process.exit(run.status ?? 1);
