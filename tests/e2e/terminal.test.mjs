// The live terminal under a load no reader can follow: what is held and drawn stays bounded, reading back is left in peace, nothing is
// lost unsaid.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { admin, chatFetch, plainConfig, startLoad, tireless, until, useDashboard, userAsks } from "./lib/world.mjs";
import { metricsOf } from "../integration/lib/world.mjs";

const mostKept = 50_000;
const mostDrawn = 250;
const world = useDashboard({ mocks: { mock: { args: ["--no-record"] } }, config: ({ mock }) => plainConfig(mock.baseURL, { ...tireless, logs: { bodies: false } }) });
const lines = (page) => page.getByRole("listbox", { name: "Live lines" });
const line = (page, text) => lines(page).getByRole("option").filter({ hasText: text });
const number = (text) => Number(text.replace(/[^0-9]/g, ""));
// Lines name the model; texts are not kept here.
const ask = async (model) => (await chatFetch(world.gateway.baseURL, userAsks("hi", { model: `mock/${model}` }))).text();
// {shown, kept, dropped}, as the page says them.
const counts = async (page) => {
  const [shown, kept] = (await page.getByText(/lines? of [\d,]+$/).textContent()).split("of").map(number);
  const dropped = page.getByText(/lines? left out/);
  return { shown, kept, dropped: (await dropped.count()) > 0 ? number(await dropped.textContent()) : 0 };
};
const open = async (expect = []) => {
  const page = await world.dashboard.page({ person: admin, expect });
  await page.goto("/terminal");
  await page.getByRole("status").filter({ hasText: "Live" }).waitFor();
  return page;
};

test("thousands of lines a second: bounded, and where one reads nothing moves", async (t) => {
  const page = await open();
  await page.evaluate(() => {
    const seen = { longest: 0, frames: 0 };
    window.__frames = seen;
    let last = performance.now();
    const frame = (now) => {
      seen.longest = Math.max(seen.longest, now - last);
      seen.frames += 1;
      last = now;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
  const heap = async () => Number(((await page.evaluate(() => performance.memory?.usedJSHeapSize ?? 0)) / 2 ** 20).toFixed(1));
  const heapBefore = await heap();
  const load = startLoad(world.gateway.baseURL, ["--connections", "32", "--rate", "2000", "--duration", "6", "--allow-errors"]);
  await until("lines come", async () => {
    const { kept, dropped } = await counts(page);
    return kept + dropped > 1_000;
  });
  assert.ok((await lines(page).getByRole("option").count()) < mostDrawn);
  // Reading back, with the wheel.
  await lines(page).hover();
  await page.mouse.wheel(0, -600);
  await page.getByRole("button", { name: /jump to the end/i }).waitFor();
  const place = await lines(page).evaluate((element) => element.scrollTop);
  const text = await lines(page).getByRole("option").nth(5).textContent();
  const { report } = await load.result;
  const after = await until("the lines of the load, or the word that they are left out", async () => {
    const now = await counts(page);
    return number(await page.getByRole("button", { name: /jump to the end/i }).textContent()) > 0 && now;
  });
  assert.equal(await lines(page).evaluate((element) => element.scrollTop), place, "the place was lost");
  assert.equal(await lines(page).getByRole("option").nth(5).textContent(), text, "the text under the eyes changed");
  const { longest, frames } = await page.evaluate(() => window.__frames);
  await page.getByRole("button", { name: /jump to the end/i }).click();
  const end = await until("everything arrived", async () => {
    const now = await counts(page);
    // What a proxy without time to write it down has dropped, and counted, is nobody's line.
    const unwritten = (await metricsOf(world.gateway.proxy.ready.proxy_ops)).value("smartroute_log_dropped_total");
    return now.kept + now.dropped >= Math.min(mostKept, report.completed - unwritten) * 0.99 && now;
  });
  assert.ok(end.kept <= mostKept, `${end.kept} lines kept`);
  assert.ok((await lines(page).getByRole("option").count()) < mostDrawn);
  t.diagnostic(
    `terminal: ${Math.round(report.per_second)} requests/s of 2,000 wanted, ${end.kept} lines kept, ${end.dropped} left out (${after.kept} while reading back), longest frame ${longest.toFixed(0)} ms of ${frames}, heap ${heapBefore} -> ${await heap()} MiB`,
  );
  await page.context().close();
});

test("pause holds the picture, resume catches up", async () => {
  const page = await open();
  await page.getByRole("button", { name: "Pause" }).click();
  await page.getByRole("status").filter({ hasText: "Paused" }).waitFor();
  await ask("said-while-paused");
  await page.getByRole("button", { name: /1 new line|new lines/ }).waitFor();
  assert.equal(await line(page, "said-while-paused").count(), 0);
  await page.getByRole("button", { name: "Resume" }).click();
  await line(page, "said-while-paused").waitFor();
  await page.context().close();
});

test("a filter shows what matches, and so does the file", async () => {
  const page = await open();
  await ask("a-needle-in-it");
  await ask("only-hay");
  await line(page, "only-hay").waitFor();
  await page.getByRole("searchbox").fill("/nee[d]le/");
  await line(page, "a-needle-in-it").waitFor();
  await until("the hay is gone", async () => (await line(page, "only-hay").count()) === 0);
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Save what is shown as text" }).click()]);
  const text = readFileSync(await file.path(), "utf8");
  assert.match(text, /a-needle-in-it/);
  assert.doesNotMatch(text, /only-hay/);
  await page.getByRole("searchbox").fill("/(/");
  await page.getByRole("alert").waitFor();
  await page.context().close();
});

test("the connection comes back by itself", async () => {
  // What the browser says of a server that is away.
  const page = await open([/ERR_CONNECTION_(REFUSED|RESET)/, /^WebSocket connection to/]);
  await world.gateway.control.stop();
  await page.getByRole("status").filter({ hasText: "Connection lost" }).waitFor();
  await world.gateway.control.start();
  await page.getByRole("status").filter({ hasText: "Live" }).waitFor();
  await ask("here-again");
  await line(page, "here-again").first().waitFor();
  await page.context().close();
});
