// The log of requests: a failover told from its record, filters that stay, new rows by themselves, a file of it all.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { admin, chatFetch, plainConfig, tireless, until, useDashboard, userAsks } from "./lib/world.mjs";

const world = useDashboard({
  mocks: { mock: { script: { models: { broken: { status: 500, body: '{"error":{"message":"the {\\"inner\\":1} engine is on fire","type":"server_error"}}' } } } }, spare: {} },
  config: ({ mock, spare }) => ({
    ...plainConfig(mock.baseURL, tireless),
    providers: [
      { id: "mock", protocol: "openai", base_url: mock.baseURL, api_key: "sk-upstream-0001" },
      { id: "azure", protocol: "openai", base_url: spare.baseURL, api_key: "sk-upstream-0002" },
    ],
    tiers: { t1: { models: ["mock/small"] }, t2: { models: ["mock/medium"] }, t3: { models: ["mock/broken", "azure/gpt-4"] } },
    router: { mode: "keyword", default_tier: "t2", keywords: { t3: ["prove"] } },
    logs: { bodies: true },
  }),
  async prepare(gateway) {
    for (let i = 0; i < 6; ++i) await ask(`an ordinary question ${i}`);
    await ask("prove that there is no largest prime");
    await ask("prove it in a stream", { stream: true });
    await until("their records", async () => ((await gateway.control.call("LogService/ListRecords", { pageSize: 50 })).records ?? []).length === 8);
  },
});
const ask = async (content, more) => (await chatFetch(world.gateway.baseURL, userAsks(content, more))).text();
const grid = (page) => page.getByRole("grid", { name: "Requests, newest first" });
const row = (page, text) => grid(page).getByRole("row").filter({ hasText: text });
const rowsShown = (page, count) => until(`${count} rows`, async () => (await grid(page).getByRole("row").count()) === count + 1);

test("a failover is a row, and its drawer tells who failed, who answered, and why", async () => {
  const page = await world.dashboard.page({ person: admin });
  await page.goto("/logs");
  await row(page, "prove that there is no largest prime").click();
  const drawer = page.getByRole("dialog");
  const attempts = drawer.getByRole("listitem").filter({ has: page.getByRole("img", { name: /started after/ }) });
  await attempts.first().waitFor();
  const all = await attempts.allInnerTexts();
  const [first, last] = [all[0], all.at(-1)];
  assert.match(first.replace(/\s+/g, ""), /mock\/broken.*500/);
  assert.match(first, /engine is on fire|500/);
  assert.match(last.replace(/\s+/g, ""), /azure\/gpt-4.*200/);
  await drawer.getByText("The keyword rule “prove” chose tier T3.").first().waitFor();
  await drawer.getByText(/attempts? failed, then azure\/gpt-4 answered\./).first().waitFor();
  await drawer.getByRole("table").first().waitFor();
  await drawer.getByRole("tab", { name: "Request" }).click();
  await drawer.getByText("prove that there is no largest prime").last().waitFor();
  await drawer.getByRole("radio", { name: "JSON" }).click();
  await drawer.getByText("messages", { exact: false }).first().waitFor();
  await drawer.getByRole("tab", { name: "Route" }).click();
  await drawer.getByRole("button", { name: "Decide again" }).click();
  await drawer.getByText("Same tier").waitFor();
  await drawer.getByRole("tab", { name: "Raw" }).click();
  await drawer.getByText("request_id", { exact: false }).or(drawer.getByText("requestId", { exact: false })).first().waitFor();
  await page.keyboard.press("Escape");
  await drawer.waitFor({ state: "hidden" });
  await page.context().close();
});

test("a stream is shown as the answer it spelled", async () => {
  const page = await world.dashboard.page({ person: admin });
  await page.goto("/logs?q=in+a+stream");
  await row(page, "prove it in a stream").click();
  const drawer = page.getByRole("dialog");
  await drawer.getByRole("tab", { name: "Response" }).click();
  await drawer.getByText("The answer was a stream").waitFor();
  await page.context().close();
});

test("filters stand in the address, and survive a reload", async () => {
  const page = await world.dashboard.page({ person: admin });
  await page.goto("/logs");
  await rowsShown(page, 8);
  await page.getByRole("complementary", { name: "Filters" }).getByRole("checkbox", { name: /^T3/ }).check();
  await rowsShown(page, 2);
  assert.match(page.url(), /tier=t3/);
  await page.getByRole("searchbox", { name: "Search preview, request id and error" }).fill("largest");
  await rowsShown(page, 1);
  await page.reload();
  await rowsShown(page, 1);
  assert.equal(await page.getByRole("searchbox", { name: "Search preview, request id and error" }).inputValue(), "largest");
  await page.getByRole("button", { name: "Clear all filters" }).click();
  await rowsShown(page, 8);
  await page.context().close();
});

test("a load of the page asks the API three times at most", async (t) => {
  const page = await world.dashboard.page({ person: admin });
  await page.goto("/logs");
  await rowsShown(page, 8);
  await page.waitForLoadState("networkidle");
  const shell = /SessionService|FleetService|\/admin\/v1\/.*ws/;
  const calls = page.watch.calls();
  const own = calls.filter(({ url }) => !shell.test(url));
  t.diagnostic(`a load of /logs: ${calls.map(({ url }) => new URL(url).pathname.split(".").at(-1)).join(", ")}`);
  assert.ok(own.length <= 3, own.map(({ url }) => url).join(" "));
  await page.context().close();
});

test("in live mode a new request is a new row", async () => {
  const page = await world.dashboard.page({ person: admin });
  await page.goto("/logs");
  await rowsShown(page, 8);
  await page.getByRole("button", { name: "Live" }).click();
  await page.getByRole("status").filter({ hasText: "Live" }).waitFor();
  await ask("something quite new");
  await row(page, "something quite new").waitFor();
  await page.context().close();
});

for (const [format, wanted] of [["CSV", /largest prime/], ["JSON lines", /"azure/]])
  test(`the list is a ${format} file for who wants it`, async () => {
    const page = await world.dashboard.page({ person: admin });
    await page.goto("/logs?tier=t3");
    await rowsShown(page, 2);
    await page.getByRole("button", { name: "More", exact: true }).first().click();
    await page.getByRole("menuitem", { name: "Export…" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("radio", { name: format }).click();
    const [file] = await Promise.all([page.waitForEvent("download"), dialog.getByRole("link", { name: "Download" }).click()]);
    const text = readFileSync(await file.path(), "utf8");
    assert.match(text, wanted);
    assert.equal(text.trim().split("\n").length, format === "CSV" ? 3 : 2);
    await page.context().close();
  });
