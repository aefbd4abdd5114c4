import assert from "node:assert/strict";
import { test } from "node:test";

import { ours, oursOfBytes, theirs } from "./lib/counters.mjs";
import { seed, suite } from "./lib/suite.mjs";
import { dice, texts } from "./lib/texts.mjs";

suite("o200k_base", { codePoints: true });

test("o200k_harmony counts as o200k_base: special tokens are text", async () => {
  const list = ["<|start|>assistant<|channel|>final<|message|>hi<|end|>", "<|endoftext|>", ...texts("english", 50, seed)];
  assert.deepEqual(await ours("o200k_harmony", list), list.map((text) => theirs("o200k_base", text)));
});

test("bytes that are not UTF-8 count as U+FFFD, one for each maximal broken piece", async () => {
  const d = dice(seed);
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const pool = [0x41, 0x20, 0x80, 0xbf, 0xc2, 0xe0, 0xa0, 0xed, 0x9f, 0xf0, 0x90, 0xf4, 0x8f, 0xff, 0xe4, 0xb8, 0xad];
  const list = [Buffer.from([0xe4, 0xb8]), Buffer.from("61f09f98", "hex"), Buffer.from("eda080ff41c0af", "hex")];
  for (let i = 0; i < 40; ++i) list.push(Buffer.from(Array.from({ length: 1 + d.below(600) }, () => d.pick(pool))));
  for (const bytes of list) assert.equal(await oursOfBytes("o200k_base", bytes), theirs("o200k_base", decoder.decode(bytes)), bytes.toString("hex"));
});
