// Two ways to count: `smartroute tokens`, and tiktoken itself.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { get_encoding } from "tiktoken";

export const root = resolve(fileURLToPath(new URL("../../../", import.meta.url)));
export const encodings = ["o200k_base", "cl100k_base", "p50k_base", "r50k_base"];

function program() {
  const named = process.env.SMARTROUTE_BIN;
  const folders = named ? [resolve(named)] : [join(root, "build/release/bin"), join(root, "build/dev/bin")];
  const found = folders.map((folder) => join(folder, "smartroute")).find(existsSync);
  if (!found) throw new Error(`no smartroute in ${folders.join(" or ")}: run tools/build, or set SMARTROUTE_BIN`);
  return found;
}

async function run(args, write) {
  const child = spawn(program(), ["tokens", ...args], { stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(child, "exit");
  child.stdin.on("error", () => {}); // that it ended early shows in its exit code
  write(child.stdin);
  child.stdin.end();
  let out = "";
  for await (const data of child.stdout) out += data;
  const [code, signal] = await ended;
  if (code !== 0) throw new Error(`smartroute tokens ended with ${signal ?? code}`);
  return out;
}

// The counts of many texts, by one process.
export async function ours(encoding, texts) {
  const out = await run(["-e", encoding, "--jsonl"], (stdin) => stdin.write(texts.map((text) => JSON.stringify(text)).join("\n") + "\n"));
  const counts = out.split("\n").slice(0, -1).map(Number);
  if (counts.length !== texts.length) throw new Error(`${counts.length} counts for ${texts.length} texts`);
  return counts;
}

// The count of bytes, UTF-8 or not.
export async function oursOfBytes(encoding, bytes) {
  return Number(await run(["-e", encoding, "-"], (stdin) => stdin.write(bytes)));
}

const loaded = new Map();
export function tiktoken(encoding) {
  const base = encoding === "o200k_harmony" ? "o200k_base" : encoding;
  if (!loaded.has(base)) loaded.set(base, get_encoding(base));
  return loaded.get(base);
}
export const theirs = (encoding, text) => tiktoken(encoding).encode_ordinary(text).length;

// Texts that are counted differently: [{encoding, text, ours, theirs}], `most` of them at most.
export async function differences(encoding, texts, most = 20) {
  const counts = await ours(encoding, texts);
  const found = [];
  for (const [i, text] of texts.entries()) {
    const want = theirs(encoding, text);
    if (counts[i] !== want && found.push({ encoding, text, ours: counts[i], theirs: want }) === most) break;
  }
  return found;
}
