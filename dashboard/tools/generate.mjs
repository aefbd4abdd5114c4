// Writes src/gen from the contract in ../proto, with the system's protoc and the plugin pinned here.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
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
// The admin API and what it is made of; not what the control plane keeps for itself.
const files = ["admin", "config", "sync", "telemetry"].map((name) => `smartroute/v1/${name}.proto`);

mkdirSync(join(out, "smartroute", "v1"), { recursive: true });
const fresh = mkdtempSync(join(out, ".fresh-"));
const run = spawnSync(
  process.env.PROTOC || "protoc",
  ["-I", proto, `--plugin=protoc-gen-es=${plugin}`, `--es_out=${fresh}`, "--es_opt=target=ts", ...files],
  // The plugin is a script for "node on PATH": let it be the one that runs this.
  { stdio: "inherit", env: { ...process.env, PATH: dirname(process.execPath) + delimiter + process.env.PATH } },
);
if (run.error) console.error(`protoc did not start: ${run.error.message}`);
if (run.status === 0) {
  const { withCompactDescriptor } = await import("./compact-descriptor.mjs");
  // Only what changed is replaced, at once: somebody may be reading it at this moment.
  for (const file of files) {
    const name = file.replace(/\.proto$/, "_pb.ts");
    writeFileSync(join(fresh, name), withCompactDescriptor(textOf(join(fresh, name)) ?? ""));
    if (textOf(join(out, name)) !== textOf(join(fresh, name))) renameSync(join(fresh, name), join(out, name));
  }
}
rmSync(fresh, { recursive: true, force: true });
process.exit(run.status ?? 1);

function textOf(path) {
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}
