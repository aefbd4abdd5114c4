// What the tests of this folder leave for the table in RESULTS.md (report.mjs): build/chaos/NAME.json, {rows: {id: row}}.
//
// row: {title, result, measured, scale, where, why}
//   result     pass, safe, fail; elsewhere (`where` says which tests); not here (`why`)
//   measured   what came out, in words and numbers
//   scale      the row's own numbers and those of this test, when they differ
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../", import.meta.url));
export const resultsFolder = join(root, "build/chaos");

const tables = new Map();
process.on("exit", () => {
  if (tables.size > 0) mkdirSync(resultsFolder, { recursive: true });
  for (const [name, rows] of tables) writeFileSync(join(resultsFolder, `${name}.json`), `${JSON.stringify({ rows: Object.fromEntries(rows) }, null, 1)}\n`);
});

export function put(table, id, row) {
  if (!tables.has(table)) tables.set(table, new Map());
  tables.get(table).set(id, row);
}

// A table of rows, each a test named after it. `options`: those of node's test(), and `scale`.
export function tableOf(name) {
  const row = (id, title, { scale, ...options }, body) =>
    test(`${id} ${title}`, options, async (t) => {
      try {
        const measured = await body(t);
        put(name, id, { title, scale, result: "pass", measured });
      } catch (error) {
        put(name, id, { title, scale, result: "fail", measured: error.message.split("\n")[0].slice(0, 300) });
        throw error;
      }
    });
  // `where`: {file from the repository's root: [texts that must stand in it, titles of tests above all]}
  const elsewhere = (id, title, where, measured = "") =>
    test(`${id} ${title}: where it is tested is still there`, () => {
      for (const [file, titles] of Object.entries(where)) {
        const text = readFileSync(join(root, file), "utf8");
        for (const wanted of titles) assert.ok(text.includes(wanted), `${file} has no '${wanted}' any more`);
      }
      put(name, id, { title, result: "elsewhere", where, measured });
    });
  const notHere = (id, title, why) => {
    put(name, id, { title, result: "not here", why });
    test(`${id} ${title}`, { skip: why }, () => {});
  };
  return { row, elsewhere, notHere, put: (id, value) => put(name, id, value) };
}

// The value below which `share` of the samples lie.
export const percentile = (samples, share) => [...samples].sort((a, b) => a - b)[Math.min(samples.length - 1, Math.floor(samples.length * share))];
export const rounded = (value, digits = 0) => Number(value.toFixed(digits));
