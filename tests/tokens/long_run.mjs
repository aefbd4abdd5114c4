// As many texts as one has time for, of every kind, against tiktoken; then every code point in every context.
//
//   node tests/tokens/long_run.mjs [--pieces 1000000] [--seed 1] [--encodings o200k_base,cl100k_base] [--no-code-points]
import { parseArgs } from "node:util";

import { differences, encodings } from "./lib/counters.mjs";
import { allContexts, everyCodePoint, names, texts } from "./lib/texts.mjs";

const { values } = parseArgs({
  options: {
    pieces: { type: "string", default: "1000000" },
    seed: { type: "string", default: "1" },
    encodings: { type: "string", default: encodings.join(",") },
    "no-code-points": { type: "boolean", default: false },
  },
});
const batch = 20_000;
const chosen = values.encodings.split(",");
let seed = Number(values.seed), done = 0, wrong = 0;
const started = performance.now();

async function compare(encoding, list, what) {
  const found = await differences(encoding, list);
  done += list.length;
  wrong += found.length;
  for (const difference of found) console.log(what, JSON.stringify(difference));
}

for (let turn = 0; done < Number(values.pieces); ++turn) {
  const encoding = chosen[turn % chosen.length];
  const kind = names[Math.floor(turn / chosen.length) % names.length];
  const size = Math.min(batch, Number(values.pieces) - done);
  await compare(encoding, texts(kind, size, seed), `${kind}, seed ${seed}:`);
  ++seed;
  if (turn % 10 === 9) console.error(`${done} texts, ${wrong} differences, ${Math.round((performance.now() - started) / 1000)} s`);
}
console.log(`${done} texts of ${names.length} kinds: ${wrong} differences`);

if (!values["no-code-points"])
  for (const encoding of chosen) {
    let list = [];
    const before = wrong;
    for (const text of everyCodePoint(allContexts, { sparse: 1, perText: 32 }))
      if (list.push(text) === 2000) {
        await compare(encoding, list, "code points:");
        list = [];
      }
    await compare(encoding, list, "code points:");
    console.log(`${encoding}: every code point in ${allContexts.length} contexts: ${wrong - before} differences`);
  }
process.exitCode = wrong === 0 ? 0 : 1;
