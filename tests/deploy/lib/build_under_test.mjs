// The build that the packaging tests are about, what is packed from it once for all of them, and small ways to run things.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../..", import.meta.url)).replace(/\/$/, "");
export const bin = process.env.SMARTROUTE_BIN ?? join(root, "build/dev/bin");
export const tree = dirname(bin);
export const preset = basename(tree);
export const isRelease = preset === "release";
const packed = join(tree, "package");

export const asRoot = process.getuid() === 0;
export const needsRoot = { skip: asRoot ? false : "needs root: owners of files, mounts" };

/** Runs to the end; throws with everything it said when it fails. */
export function run(program, args, options = {}) {
  const ended = spawnSync(program, args, { encoding: "utf8", maxBuffer: 1 << 28, ...options });
  if (ended.error) throw ended.error;
  if (ended.status !== 0) throw new Error(`${program} ${args.join(" ")}: ${ended.signal ?? `exit code ${ended.status}`}\n${ended.stdout}\n${ended.stderr}`);
  return ended.stdout;
}

const newest = (paths) => Math.max(...paths.map((path) => statSync(path).mtimeMs));

// Each thing is made once for one state of the programs and of the scripts; test files that run at the same time wait for each other.
function made(name, script, args, sources) {
  const place = join(packed, name);
  const stamp = join(packed, `.${name}.made`);
  mkdirSync(packed, { recursive: true });
  const programs = ["smartroute", "smartroute-proxy", "smartroute-control"].map((program) => join(bin, program));
  const scripts = readdirSync(join(root, "tools/package")).map((file) => join(root, "tools/package", file));
  const since = newest([...programs, ...scripts, ...sources]);
  const fresh = () => existsSync(place) && existsSync(stamp) && Number(readFileSync(stamp, "utf8")) === since;
  if (fresh()) return place;
  const lock = join(packed, `.${name}.lock`);
  // The lock is flock's, held by a process that lives as long as this step.
  const step = join(packed, `.${name}.sh`);
  writeFileSync(step, `set -eu\nif [ "$(cat '${stamp}' 2>/dev/null)" = '${since}' ] && [ -e '${place}' ]; then exit 0; fi\nrm -rf '${place}' '${stamp}'\n'${join(root, "tools/package", script)}' ${args.map((a) => `'${a}'`).join(" ")}\nprintf %s '${since}' >'${stamp}'\n`);
  run("flock", [lock, "bash", step], { cwd: root });
  if (!fresh()) throw new Error(`${place} was not made`);
  return place;
}

/** The root file system of the image, assembled from the build under test. */
export const imageTree = () => made("root", "image_tree", [preset, join(packed, "root")], []);
/** The OCI layout of it, tag "test". */
export function ociLayout() {
  const from = imageTree();
  return made("oci", "oci_image", [from, `${join(packed, "oci")}:test`], [join(packed, ".root.made")]);
}
/** The Debian package; compressed the fast way. */
export function debianPackage() {
  const sources = readdirSync(join(root, "deploy/debian")).map((file) => join(root, "deploy/debian", file));
  process.env.SMARTROUTE_DEB_COMPRESSION ??= "zstd";
  const folder = made("deb", "deb", [preset, join(packed, "deb")], sources);
  return join(folder, readdirSync(folder).find((file) => file.endsWith(".deb")));
}

/** Every file, folder and link below a folder, as {path, stat} with paths from it. */
export function below(folder, from = "") {
  return readdirSync(join(folder, from), { withFileTypes: true }).flatMap((entry) => {
    const path = `${from}/${entry.name}`;
    return [{ path, entry }, ...(entry.isDirectory() ? below(folder, path) : [])];
  });
}

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
export async function until(what, holds, seconds = 60) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const value = await holds();
    if (value) return value;
    if (Date.now() > end) throw new Error(`not within ${seconds} s: ${what}`);
    await pause(20);
  }
}

/** A process that stays; `ended` resolves to its exit code, `said()` is what it wrote so far. */
export function start(program, args, options = {}) {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], ...options });
  let text = "";
  for (const pipe of [child.stdout, child.stderr]) pipe.setEncoding("utf8").on("data", (data) => (text += data));
  const ended = new Promise((resolve, reject) => child.on("error", reject).on("close", (code, signal) => resolve(signal ?? code)));
  return { child, pid: child.pid, ended, said: () => text };
}

/** Options that a program's --help names, with the variables that stand for them. */
export function helpOf(program, words = []) {
  const text = run(join(bin, program), [...words, "--help"]);
  return { text, flags: new Set([...text.matchAll(/^\s+(?:-\w,)?(--[a-z][a-z-]*)/gm)].map((m) => m[1])), variables: new Set([...text.matchAll(/\bSMARTROUTE_[A-Z_]+/g)].map((m) => m[0])) };
}

export const read = (...path) => readFileSync(join(...path), "utf8");
export { createConnection, rmSync };
