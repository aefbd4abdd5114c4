// The tests of one encoding, the same for each: its counts are tiktoken's on every text.
import assert from "node:assert/strict";
import { test } from "node:test";

import { differences } from "./counters.mjs";
import { allContexts, atoms, dice, everyCodePoint, names, oneContext, texts } from "./texts.mjs";

export const seed = 20261101;
const perKind = 1000;
const triples = 12_000;
const runs = ["a", "A", " ", "\n", "\t", "=", "-", "0", "/", "中", "é", "ab", "\r\n", " \n", "!", "'s", "哈", "．", "😀", "aA", "A中", "\u0301"];

async function same(encoding, list) {
  const found = await differences(encoding, list);
  assert.deepEqual(found, [], `${found.length} or more of ${list.length} texts are counted differently`);
}

// `codePoints`: every one of them; otherwise a share.
export function suite(encoding, { codePoints }) {
  test(`${encoding}: texts of every kind`, async () => {
    for (const [i, kind] of names.entries()) await same(encoding, texts(kind, perKind, seed + i));
  });

  test(`${encoding}: every two atoms, and a share of every three`, async () => {
    const d = dice(seed);
    const some = Array.from({ length: triples }, () => d.pick(atoms) + d.pick(atoms) + d.pick(atoms));
    await same(encoding, [...atoms, ...atoms.flatMap((a) => atoms.map((b) => a + b)), ...some]);
  });

  test(`${encoding}: ${codePoints ? "every code point" : "a share of all code points"}`, async () => {
    await same(encoding, [...everyCodePoint(oneContext, { step: codePoints ? 1 : 11 })]);
    await same(encoding, [...everyCodePoint(allContexts, { step: 113 })]);
  });

  test(`${encoding}: runs of all lengths`, async () => {
    const list = [];
    for (const run of runs) for (let n = 1; n <= 700; n += 1 + Math.floor(n / 30)) list.push(run.repeat(n), `x${run.repeat(n)}y`);
    await same(encoding, list);
  });
}
