// Speed of token counting, side by side in one run, one thread: ours, tiktoken's WASM build, gpt-tokenizer. Then how the time of hostile
// texts grows with their length. Prints the tables; with --write also into ../TOKENS.md.
//
//   tools/build release tokens_bench && (cd tests/tokens && npm ci) && node tests/perf/tokens/bench.mjs [--write]
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";

import { corpora, hostile, root } from "./corpora.mjs";

const require = createRequire(join(root, "tests/tokens/package.json"));
const { get_encoding } = require("tiktoken");
const gptTokenizer = {
  o200k_base: require("gpt-tokenizer/encoding/o200k_base"),
  cl100k_base: require("gpt-tokenizer/encoding/cl100k_base"),
};
const encodings = Object.keys(gptTokenizer);
const ourPasses = 25, theirPasses = 5;

const program = join(root, "build/release/perf/tokens_bench");

// {tokens, seconds} of a pass over all documents, the best of some.
function ours(encoding, documents, { way = "count", passes = ourPasses } = {}) {
  const input = Buffer.concat(documents.flatMap((document) => {
    const bytes = Buffer.from(document);
    return [Buffer.from(`${bytes.length}\n`), bytes];
  }));
  const { stdout, status, error } = spawnSync(program, [encoding, way, String(passes)], { input, encoding: "utf8" });
  if (status !== 0) throw error ?? new Error(`tokens_bench ended with ${status}`);
  const [tokens, ns] = stdout.trim().split(" ").map(Number);
  return { tokens, seconds: ns / 1e9 };
}

function timed(documents, count) {
  let best = Infinity, tokens = 0;
  for (let pass = 0; pass < theirPasses; ++pass) {
    tokens = 0;
    const start = performance.now();
    for (const document of documents) tokens += count(document);
    best = Math.min(best, (performance.now() - start) / 1000);
  }
  return { tokens, seconds: best };
}

const bytesOf = (documents) => documents.reduce((sum, document) => sum + Buffer.byteLength(document), 0);
const rate = (bytes, { seconds }) => bytes / seconds / 1e6;
const shown = (n) => (n >= 10 ? n.toFixed(0) : n.toFixed(1));

const lines = [];
const say = (line = "") => {
  lines.push(line);
  console.log(line);
};

say("# Speed of token counting");
say();
say("One run on one machine, one thread, best pass of a few; MB are 10^6 bytes of UTF-8. The texts are prose, prompts and code of this repository,");
say("in documents of 8 KB. Every counter counts the same tokens, or the run ends. Made by `tests/perf/tokens/bench.mjs --write`.");
say();
say(`${cpus().length} cores of ${cpus()[0].model}, load ${loadavg()[0].toFixed(1)} from other work as it began; Node ${process.versions.node}, tiktoken 1.0.22 (WASM), gpt-tokenizer 4.0.0.`);
say();
say("| encoding | text | bytes a token | SmartRoute, MB/s | fed 16 bytes at a time | tiktoken, MB/s | gpt-tokenizer, MB/s | times tiktoken | times gpt-tokenizer |");
say("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
const texts = corpora();
for (const encoding of encodings) {
  const tiktoken = get_encoding(encoding);
  for (const [name, documents] of Object.entries(texts)) {
    const bytes = bytesOf(documents);
    const [we, fed] = [ours(encoding, documents), ours(encoding, documents, { way: "stream" })];
    const wasm = timed(documents, (text) => tiktoken.encode_ordinary(text).length);
    const js = timed(documents, (text) => gptTokenizer[encoding].countTokens(text, { disallowedSpecial: new Set() }));
    const counts = [we, fed, wasm, js].map(({ tokens }) => tokens);
    if (new Set(counts).size > 1) throw new Error(`${encoding}, ${name}: ${counts.join(", ")} tokens`);
    say(`| ${encoding} | ${name} | ${(bytes / we.tokens).toFixed(1)} | **${shown(rate(bytes, we))}** | ${shown(rate(bytes, fed))} | ${shown(rate(bytes, wasm))} | ${shown(rate(bytes, js))} | ${shown(wasm.seconds / we.seconds)} | ${shown(js.seconds / we.seconds)} |`);
  }
  tiktoken.free();
}

say();
say("## Hostile texts");
say();
say("One document of the kind, o200k_base. A counter whose work grows with the square of the text would halve its speed from column to column.");
say();
const sizes = [1, 2, 4, 8].map((n) => n * 1024 * 1024);
say(`| text | ${sizes.map((n) => `${n / 1024 / 1024} MiB, MB/s`).join(" | ")} | 8 MiB in a stream, MB/s |`);
say(`| --- | ${sizes.map(() => "---").join(" | ")} | --- |`);
for (const [name, make] of Object.entries(hostile)) {
  const rates = sizes.map((n) => rate(n, ours("o200k_base", [make(n)], { passes: 3 })));
  const stream = rate(sizes.at(-1), ours("o200k_base", [make(sizes.at(-1))], { way: "stream", passes: 1 }));
  say(`| ${name} | ${rates.map(shown).join(" | ")} | ${shown(stream)} |`);
}

if (process.argv.includes("--write")) writeFileSync(join(root, "tests/perf/TOKENS.md"), lines.join("\n") + "\n");
