// The driver of tools/bench: starts the rig, runs the cells round by round, prints the tables.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { durations, makeMeasure, SCENARIOS } from "./measure.mjs";
import { startMock, stopWay, ways as allWays } from "./proxies.mjs";
import { makeReport } from "./report.mjs";
import { environment, stop, stopAll } from "./rig.mjs";

const HELP = `tools/bench [options]
Measures SmartRoute, nginx, HAProxy and no proxy side by side; prints Markdown tables for tests/perf/RESULTS.md.

  --rounds N        rounds, each through every way (5)
  --quick           a smoke test: one short round; checks that every cell works, says nothing about speed
  --only NAME       one scenario: ${SCENARIOS.map((s) => s.name).join(", ")}
  --ways A,B        some of direct,nginx,nginx-32k,haproxy,smartroute; all but nginx-32k unless given.
                    Added latency needs direct, ratios need nginx
  --json FILE       all raw cells
  --no-memory       skip the open-streams part
  --keep            keep the temporary directory (configs, logs)
`;

const MEMORY_ROUNDS = 3;

function note(text) {
  process.stderr.write(`${text}\n`);
}

function options() {
  const { values } = parseArgs({
    options: {
      bin: { type: "string" },
      rounds: { type: "string", default: "5" },
      quick: { type: "boolean", default: false },
      only: { type: "string" },
      ways: { type: "string" },
      json: { type: "string" },
      "no-memory": { type: "boolean", default: false },
      keep: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const scenarios = SCENARIOS.filter((s) => !values.only || s.name === values.only);
  if (scenarios.length === 0) throw new Error(`--only: no scenario is called ${values.only}`);
  const rounds = values.quick ? 1 : Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error("--rounds: must be a whole number of at least 1");
  return { ...values, scenarios, rounds };
}

function chooseWays(all, wanted) {
  return all.filter((way) => {
    if (wanted ? !wanted.split(",").includes(way.name) : way.optional) return false;
    if (way.missing) note(`without ${way.name}: ${way.missing}`);
    return !way.missing;
  });
}

async function rounds({ opts, running, measure, results }) {
  const reference = running.find((way) => way.name === "nginx") ?? running[0];
  for (const scenario of opts.scenarios) {
    for (const way of running) await measure.warm(way, scenario);
    if (!scenario.paced) results.rates[scenario.name] = await measure.rate(reference, scenario);
  }
  for (let round = 0; round < opts.rounds; ++round) {
    for (const scenario of opts.scenarios) {
      for (const kind of scenario.paced ? ["paced"] : ["closed", "open"]) {
        note(`round ${round + 1} of ${opts.rounds}: ${scenario.title}, ${kind}`);
        // Each round begins with another way, so that drift does not favour one.
        for (let i = 0; i < running.length; ++i) {
          const way = running[(i + round) % running.length];
          const cell = await measure[kind](way, scenario, results.rates[scenario.name]);
          results.cells.push({ round, kind, scenario: scenario.name, way: way.name, ...cell });
        }
      }
    }
  }
}

async function memoryRounds({ opts, chosen, measure, results }) {
  const count = opts.quick ? 1 : Math.min(opts.rounds, MEMORY_ROUNDS);
  for (let round = 0; round < count; ++round) {
    for (const way of chosen.filter((w) => w.name !== "direct")) {
      note(`memory ${round + 1} of ${count}: ${way.name}`);
      const fresh = await way.start();
      results.memory.push({ round, way: way.name, ...(await measure.memory(fresh)) });
      await stopWay(fresh);
    }
  }
}

// What a smoke test can promise: everything ran, nothing failed, every figure exists.
function problems(results) {
  const found = [];
  for (const cell of results.cells) {
    const where = `${cell.scenario} ${cell.kind} ${cell.way}`;
    if (cell.failed > 0) found.push(`${where}: ${cell.failed} failed ${JSON.stringify(cell.errors)}`);
    if (!(cell.completed > 0)) found.push(`${where}: nothing completed`);
    if (cell.way !== "direct" && !(cell.cpuUs > 0)) found.push(`${where}: no CPU time seen`);
    if (!(cell.latency.p50 > 0)) found.push(`${where}: no latency`);
  }
  for (const cell of results.memory) {
    if (cell.failed > 0) found.push(`memory ${cell.way}: ${cell.failed} failed ${JSON.stringify(cell.errors)}`);
    if (!(cell.idle > 0)) found.push(`memory ${cell.way}: no resident memory seen`);
  }
  return found;
}

function smartrouteVersion(bin) {
  const { stdout } = spawnSync(join(bin, "smartroute-proxy"), ["--version"], { encoding: "utf8" });
  return stdout?.trim().split("\n")[0] || undefined;
}

async function main() {
  const opts = options();
  if (opts.help) {
    process.stdout.write(HELP);
    return 0;
  }
  if (cpus().length < 2 && !opts.quick) throw new Error("two cores are needed: one for the proxy, one for the rig");
  const root = mkdtempSync(join(tmpdir(), "smartroute-bench-"));
  const tidy = () => {
    stopAll();
    if (opts.keep) note(`kept ${root}`);
    else rmSync(root, { recursive: true, force: true });
  };
  for (const signal of ["SIGINT", "SIGTERM"]) {
    process.on(signal, () => {
      tidy();
      process.exit(1);
    });
  }
  try {
    const mock = await startMock({ bin: opts.bin, root });
    const chosen = chooseWays(allWays({ bin: opts.bin, upstream: mock.listen, root }), opts.ways);
    const measure = makeMeasure({ bin: opts.bin, mockPid: mock.child.pid, times: durations(opts.quick) });
    const results = {
      environment: { ...environment(), smartroute: chosen.some((w) => w.name === "smartroute") ? smartrouteVersion(opts.bin) : undefined },
      taken: new Date().toISOString().slice(0, 10),
      rounds: opts.rounds,
      ways: chosen.map((way) => way.name),
      rates: {},
      cells: [],
      memory: [],
    };
    const running = [];
    for (const way of chosen) running.push({ name: way.name, ...(await way.start()) });
    await rounds({ opts, running, measure, results });
    for (const way of running) await stopWay(way);
    if (!opts["no-memory"]) await memoryRounds({ opts, chosen, measure, results });
    await stop(mock.child);

    if (opts.json) writeFileSync(opts.json, JSON.stringify(results));
    process.stdout.write(makeReport(results, opts.scenarios));
    const found = problems(results);
    for (const problem of found) note(`problem: ${problem}`);
    return found.length > 0 ? 1 : 0;
  } finally {
    tidy();
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  note(`bench: ${error.message}`);
  process.exitCode = 2;
}
