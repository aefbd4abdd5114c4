// Writes what the package itself answers for every name that its rules spell, and for names near them, one a line:
// URL, model, name of the entry, then input, output, cached_input, cache_write in nano-dollars and the context window; "-": not said.
// The test of dataplane/core/prices compares. Shares no code with the generator of the table but the release date.
//
//   node expectations.mjs PACKAGE OUT.tsv
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

import { release_of } from "./release.mjs";

const kTokens = 1000; // below every tier
const kUnderstood = new Set(["input_mtok", "output_mtok", "cache_read_mtok", "cache_write_mtok", "cache_write_1h_mtok", "input_audio_mtok",
  "output_audio_mtok", "cache_audio_read_mtok", "web_searches_kcount", "storage_searches_kcount"]);
// A URL of each provider whose pattern is more than a host and a path.
const kUrls = {
  aws: "https://bedrock-runtime.eu-west-1.amazonaws.com/", azure: "https://mine.openai.azure.com/openai/v1", cohere: "https://api.cohere.ai/compatibility/v1",
  cloudflare: "https://api.cloudflare.com/client/v4/accounts/0af/ai/v1", google: "https://generativelanguage.googleapis.com/v1beta/openai",
  minimax: "https://api.minimaxi.com/v1", modal: "https://mine.modal.run/v1", moonshotai: "https://api.moonshot.ai/v1", openrouter: "https://openrouter.ai/api/v1",
};

const [folder, out] = process.argv.slice(2);
const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
const { waitForUpdate, calcPrice } = await import(pathToFileURL(resolve(folder, "dist/index.js")).href);
const timestamp = new Date(`${release_of(version)}T12:00:00Z`);

function texts_of(match, all = []) {
  for (const [kind, value] of Object.entries(match)) {
    if (kind === "or" || kind === "and") value.forEach((part) => texts_of(part, all));
    else if (kind === "regex") all.push(value.replace(/^\^(\(\?!.*)?|\$$/g, "").replace(/\\d\{(\d)\}/g, (_, n) => "20261130".slice(0, n)).replace(/\\d/g, "7").replace(/\\/g, ""));
    else all.push(value);
  }
  return all;
}

const url_of = (provider) =>
  kUrls[provider.id] ?? provider.api_pattern.replace(/\(\?:\/\|\$\)|\(\/\|\$\)/g, "").replace(/\\/g, "") + "/v1";

function answer(url, name) {
  const ask = (usage) => calcPrice(usage, name, { providerApiUrl: url, timestamp });
  const said = ask({ input_tokens: 0, output_tokens: 0 });
  if (!said) return undefined;
  const keys = Object.keys(said.model_price).filter((key) => said.model_price[key] !== undefined);
  const free = keys.length === 0 && said.model.id.endsWith(":free");
  const priced = free || (keys.includes("input_mtok") && keys.includes("output_mtok") && keys.every((key) => kUnderstood.has(key)) &&
    !(/\baudio\b/.test(said.model.id) && !keys.includes("input_audio_mtok")));
  const nanos = (key, usage) => {
    if (!priced || (!free && !keys.includes(key)) || (free && /cache/.test(key))) return "-";
    return String(Math.round((ask(usage).total_price * 1e6 / kTokens) * 1e9));
  };
  return [url, name, said.model.id, nanos("input_mtok", { input_tokens: kTokens }), nanos("output_mtok", { output_tokens: kTokens }),
    nanos("cache_read_mtok", { input_tokens: kTokens, cache_read_tokens: kTokens }),
    nanos("cache_write_mtok", { input_tokens: kTokens, cache_write_tokens: kTokens }), said.model.context_window ?? "-"].join("\t");
}

console.warn = () => {};
const lines = [];
for (const provider of await waitForUpdate()) {
  const url = url_of(provider);
  const names = new Set();
  for (const model of provider.models)
    for (const text of texts_of(model.match))
      for (const name of [text, text.toUpperCase(), `${text}-x`, `x-${text}`, `${text}-20260801`, `${text}-2026-08-01`, `${text}:free`, text.slice(0, -1)])
        if (/^[\x21-\x7e]+$/.test(name)) names.add(name);
  // A name that a version of this one could not be charged by is no test of it, but what is unknown must stay so.
  for (const name of names) lines.push(answer(url, name) ?? [url, name, "-"].join("\t"));
}
writeFileSync(out, lines.join("\n") + "\n");
