// Writes RESULTS.md from what the tests of this folder left in build/chaos. A part that was not run is left out, and said to be.
//
//   node tests/chaos/report.mjs [FILE]     default: RESULTS.md beside this program; "-" prints it
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { resultsFolder } from "./results.mjs";

const missing = [];
function load(name, wanted = true) {
  const file = join(resultsFolder, `${name}.json`);
  if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8"));
  if (wanted) missing.push(name);
  return undefined;
}

const cell = (value) => String(value ?? "").replaceAll("|", "\\|").replaceAll("\n", " ");
const table = (head, rows) => [`| ${head.join(" | ")} |`, `|${head.map(() => "---").join("|")}|`, ...rows.map((row) => `| ${row.map(cell).join(" | ")} |`)].join("\n");
const byNumber = ([a], [b]) => a.localeCompare(b, "en", { numeric: true });

function scenarios() {
  const loaded = load("scenarios");
  if (!loaded) return "";
  const rows = Object.entries(loaded.rows).sort(byNumber);
  const count = (mode, verdict) => rows.filter(([, row]) => row[mode].verdict === verdict).length;
  const sum = (mode) => `${count(mode, "pass")} pass, ${count(mode, "safe")} safe, ${count(mode, "fail")} fail`;
  const full = load("scenarios_real_time", false);
  const fullRows = Object.values(full?.rows ?? {});
  const fully = (mode) => ["pass", "safe", "fail"].map((verdict) => `${fullRows.filter((row) => row[mode].verdict === verdict).length} ${verdict}`).join(", ");
  const fullTimes = full
    ? `At full length: live ${fully("live")}; buffered ${fully("buffered")}. ${["S06", "S07", "S09", "S15"].filter((id) => full.rows[id]).map((id) => `${id}: ${full.rows[id].live.told} (live), ${full.rows[id].buffered.told} (buffered)`).join(". ")}.`
    : "";
  return `## Sixteen scenarios

Live: **${sum("live")}**. Buffered: **${sum("buffered")}**. (${rows.length} scenarios.)

A primary that fails, a fallback that does not, an answer of sixty tokens; faults and criteria after the public catalogue of failoverbench. Each
is played live, with a tier's \`guarantee: buffered\`, and with \`x-smartroute-guarantee: buffered\` in the request; each of these by the official SDK, as
bytes, and without streaming; the worst verdict counts. Times and
the gateway's own limits are divided by five (S15 by ten); \`SMARTROUTE_CHAOS_REAL_TIME=1\` plays them at full length.
*pass*: the whole answer (S12 without a larger model and S13: the provider's own words), and the providers treated as the criterion says. *safe*: a beginning
of whole tokens, then an error event, no \`[DONE]\`, no good end of the framing, in time. *fail*: anything else.

${table(
  ["", "fault", "criterion", "live", "buffered", "live clients got", "buffered clients got"],
  rows.map(([id, r]) => [id, r.title, r.criterion, r.live.verdict, r.buffered.verdict, r.live.told, r.buffered.told]),
)}

S08, S09 and S14 ask for the whole answer after a part of it is with the client: a live stream can only be honest there. In S10 a live stream ends with an error
event, which the criterion allows; failoverbench itself, which counts rescued answers, would call it safe. It also marks S01 and S03 as partial when a gateway goes to
the fallback at once instead of asking the same provider again; without a fallback this gateway waits for \`Retry-After\` and asks again.
${fullTimes && `\n${fullTimes}\n`}`;
}

const places = (where) => Object.entries(where ?? {}).map(([file, titles]) => `\`${file}\`: ${titles.map((title) => `"${title}"`).join(", ")}`).join("; ");

function matrix(name, title) {
  const loaded = load(name);
  if (!loaded) return "";
  const rows = Object.entries(loaded.rows).sort(byNumber);
  const said = (row) => ({ elsewhere: `proven by ${places(row.where)}`, "not here": row.why })[row.result] ?? row.measured;
  return `### ${title}

${table(
  ["", "fault", "result", "measured, or where and why", "scaled"],
  rows.map(([id, row]) => [id.replace(/:$/, ""), row.title, row.result, said(row), row.scale]),
)}
`;
}

const parts = [
  scenarios(),
  "## Fault matrix\n\nEach row is a test of that name. *elsewhere*: proven by the tests named, which this suite checks to be there. *not here*: cannot run here, and why.\n",
  matrix("dataplane", "Data plane"),
  matrix("upstream", "Providers"),
  matrix("odd", "Odd but legal streams"),
  matrix("client", "Clients"),
  matrix("push", "Between the planes"),
  matrix("promises", "Promises of failover and health as a whole"),
  matrix("streams", "Chaos streams"),
];
const text = `# What fails, and what a client sees of it

Written by \`tests/chaos/report.mjs\` from the last run of \`tests/chaos\` (\`tools/test integration\`, or \`cd tests/chaos && npm test\`); figures are of one run on ${cpus().length} cores of
${cpus()[0].model.trim()}, with provider, gateway and clients on the same machine.

${parts.filter(Boolean).join("\n")}
${missing.length > 0 ? `Not in this run: ${missing.join(", ")}.\n` : ""}`;
const [file = fileURLToPath(new URL("RESULTS.md", import.meta.url))] = process.argv.slice(2);
if (file === "-") process.stdout.write(text);
else writeFileSync(file, `${text.trimEnd()}\n`);
