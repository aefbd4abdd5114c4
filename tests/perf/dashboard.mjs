// How the dashboard feels where there is much: the log page over a large store, the terminal under more lines than anyone can read.
//
//   SMARTROUTE_BIN=build/release/bin node tests/perf/dashboard.mjs [RECORDS] [RUNS]
//
// Prints two tables for RESULTS.md. Times are the browser's: of a call from sending to its last byte, of a page from navigation to its
// first row. Needs what tests/e2e needs (`npm ci` there), and a quiet machine.
import { mkdirSync } from "node:fs";
import { join } from "node:path";

import { Dashboard } from "../e2e/lib/browser.mjs";
import { admin, setUp } from "../e2e/lib/people.mjs";
import { Gateway, binary, plainConfig, run, startLoad, tireless, until } from "../integration/lib/world.mjs";

const records = Number(process.argv[2] ?? 1_000_000);
const runs = Number(process.argv[3] ?? 10);
const minute = 60_000;
const sorted = (values) => [...values].sort((a, b) => a - b);
const median = (values) => sorted(values)[Math.floor(values.length / 2)];
const worst = (values) => sorted(values).at(-1);
const row = (...cells) => console.log(`| ${cells.join(" | ")} |`);

const gateway = new Gateway({ config: ({ mock }) => plainConfig(mock.baseURL, { ...tireless, logs: { bodies: false } }), mocks: { mock: { args: ["--no-record"] } } });
const dashboard = new Dashboard(gateway);

async function open(path, ready) {
  const page = await dashboard.page({ person: admin });
  const calls = [];
  page.on("requestfinished", async (request) => {
    if (!/\/smartroute\.admin\.v1\.|\/admin\/v1\//.test(request.url())) return;
    const { requestStart, responseEnd } = request.timing();
    calls.push({ name: new URL(request.url()).pathname.split("/").at(-1), ms: responseEnd - Math.max(requestStart, 0) });
  });
  const begun = performance.now();
  await page.goto(path);
  await ready(page).waitFor();
  const shown = performance.now() - begun;
  await page.waitForLoadState("networkidle");
  const load = [...calls];
  await page.context().close();
  return { shown, calls: load };
}

async function logPages() {
  const now = Date.now();
  const views = {
    "as it opens": "/logs",
    "30 days": "/logs?range=30d",
    "one tier": "/logs?range=30d&tier=t3",
    "failures": "/logs?range=30d&status=5xx",
    "text in the prompt": "/logs?range=30d&q=question",
    "an old hour": `/logs?since=${now - 90 * minute}&until=${now - 30 * minute}`,
  };
  console.log(`\nLog page, ${records.toLocaleString("en")} records, ${runs} loads a view; ms\n`);
  row("view", "calls a load", "first row, median", "first row, worst", "slowest call, median", "slowest call, worst", "which");
  row("---", "---", "---", "---", "---", "---", "---");
  for (const [name, path] of Object.entries(views)) {
    const loads = [];
    for (let i = 0; i < runs; ++i) loads.push(await open(path, (page) => page.getByRole("row").nth(1)));
    const slowest = loads.map(({ calls }) => calls.reduce((a, b) => (b.ms > a.ms ? b : a)));
    const all = slowest.map(({ ms }) => ms);
    row(name, worst(loads.map(({ calls }) => calls.length)), ...[median, worst].map((of) => of(loads.map(({ shown }) => shown)).toFixed(0)), ...[median, worst].map((of) => of(all).toFixed(0)), slowest.find(({ ms }) => ms === worst(all)).name);
  }
}

async function terminal() {
  const page = await dashboard.page({ person: admin });
  await page.goto("/terminal");
  await page.getByRole("status").filter({ hasText: "Live" }).waitFor();
  await page.evaluate(() => {
    window.__frames = [];
    let last = performance.now();
    const frame = (at) => {
      window.__frames.push(at - last);
      last = at;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
  const heap = () => page.evaluate(() => (performance.memory?.usedJSHeapSize ?? 0) / 2 ** 20);
  const before = await heap();
  const { report } = await startLoad(gateway.baseURL, ["--connections", "32", "--rate", "2000", "--duration", "30", "--allow-errors"]).result;
  const frames = sorted(await page.evaluate(() => window.__frames));
  const at = (share) => frames[Math.min(frames.length - 1, Math.floor(frames.length * share))].toFixed(0);
  console.log(`\nTerminal, ${Math.round(report.per_second)} requests/s for 30 s; time between frames in ms\n`);
  row("frames", "p50", "p99", "p99.9", "longest", "heap before, MiB", "heap after, MiB");
  row("---", "---", "---", "---", "---", "---", "---");
  row(frames.length, at(0.5), at(0.99), at(0.999), at(1), before.toFixed(0), (await heap()).toFixed(0));
  await page.context().close();
}

try {
  const state = join(gateway.folder, "control");
  mkdirSync(state, { mode: 0o700 });
  const filled = run(binary("log_bench"), ["fill", state, String(records)]);
  if (filled.status !== 0) throw new Error(`log_bench: ${filled.stderr}`);
  await gateway.start();
  await setUp(gateway.control);
  await dashboard.start();
  await until("the records are there", async () => (await gateway.control.call("LogService/ListRecords", { pageSize: 1 })).records.length === 1);
  await logPages();
  await terminal();
  dashboard.check();
} finally {
  await dashboard.stop();
  await gateway.stop();
}
