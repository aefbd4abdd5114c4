// A change made on the page is obeyed by the next request; two people at once lose nothing; what was saved can be seen and taken back.
import assert from "node:assert/strict";
import { test } from "node:test";

import { admin, chatFetch, plainConfig, startDashboard, tireless, until, useDashboard, userAsks } from "./lib/world.mjs";

const config = (mock, more = {}) => plainConfig(mock.baseURL, { ...tireless, ...more });
const world = useDashboard({ config: ({ mock }) => config(mock) });
const tierOf = async (content) => {
  const answer = await chatFetch(world.gateway.baseURL, userAsks(content));
  await answer.text();
  return answer.headers.get("x-smartroute-tier");
};
const bar = (page) => page.getByRole("complementary", { name: "Unsaved changes" });
const rules = (page, tier) => page.getByRole("textbox", { name: `${tier} when it says` });
const served = (page) => page.getByText(/Revision \d+ is live/);
async function addRule(page, tier, word) {
  await rules(page, tier).fill(word);
  await rules(page, tier).press("Enter");
}
async function save(page, note) {
  await bar(page).getByRole("button", { name: "Review and save" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Note").fill(note);
  await dialog.getByRole("button", { name: "Save changes" }).click();
}

test("a rule that was typed and saved routes the next request", async (t) => {
  const page = await world.dashboard.page({ person: admin });
  await page.goto("/");
  const begun = performance.now();
  assert.equal(await tierOf("sign this contract"), "t2");
  let steps = 0;
  const step = (action) => ((steps += 1), action);
  await step(page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Configuration" }).click());
  await step(page.getByRole("navigation", { name: "Sections of the configuration" }).getByRole("link", { name: "Routing" }).click());
  await step(rules(page, "T3").fill("contract"));
  await step(rules(page, "T3").press("Enter"));
  await step(bar(page).getByRole("button", { name: "Review and save" }).click());
  const dialog = page.getByRole("dialog");
  await dialog.getByText("router.keywords.t3").waitFor();
  await step(dialog.getByLabel("Note").fill("contracts are hard"));
  await step(dialog.getByRole("button", { name: "Save changes" }).click());
  await served(page).waitFor();
  assert.equal(await tierOf("sign this contract"), "t3");
  t.diagnostic(`a changed rule: ${steps} steps, ${Math.round(performance.now() - begun)} ms until a request obeyed it`);
  await page.context().close();
});

test("the mode of the router is a choice away", async () => {
  const page = await world.dashboard.page({ person: admin });
  await page.goto("/config/router");
  await page.getByRole("radio", { name: /^Classifier/ }).check();
  await save(page, "the classifier alone");
  await served(page).waitFor();
  assert.equal(await tierOf("good morning, how are you?"), "t1");
  await page.getByRole("radio", { name: /^Keywords/ }).check();
  await save(page, "rules again");
  await until("rules decide again", async () => (await tierOf("good morning, how are you?")) === "t2");
  await page.context().close();
});

test("who saves second is shown what the first one did, and puts his on top", async () => {
  const page = await world.dashboard.page({ person: admin, expect: [409, 412, 400] });
  const { control } = world.gateway;
  await page.goto("/config/router");
  await addRule(page, "T1", "greetings");
  await bar(page).getByText("1 unsaved change").waitFor();
  await control.putConfig({ ...config(world.gateway.mocks.mock), router: { mode: "keyword", default_tier: "t2", keywords: { t3: ["contract", "lemma"] } } }, { note: "lemmas" });
  await bar(page).getByRole("button", { name: "Review and save" }).click();
  const first = page.getByRole("dialog");
  if (await first.getByLabel("Note").isVisible()) await first.getByRole("button", { name: "Save changes" }).click();
  const conflict = page.getByRole("dialog").filter({ hasText: "saved first" });
  await conflict.getByText("None of yours collides with theirs.").waitFor();
  await conflict.getByRole("button", { name: "Apply mine on top" }).click();
  await save(page, "greetings too");
  await served(page).waitFor();
  assert.deepEqual([await tierOf("greetings"), await tierOf("a lemma"), await tierOf("else")], ["t1", "t3", "t2"]);
  await page.context().close();
});

test("both changed one field: the dialog asks whose counts", async () => {
  const page = await world.dashboard.page({ person: admin, expect: [409, 412, 400] });
  const { control } = world.gateway;
  await page.goto("/config/retry");
  await page.getByRole("textbox", { name: "Budget, % of requests" }).fill("30");
  await bar(page).getByText("1 unsaved change").waitFor();
  const { json } = await control.call("ConfigService/GetConfig");
  const saved = JSON.parse(json);
  await control.putConfig({ ...saved, retry: { ...saved.retry, budget_percent: 40 } });
  await bar(page).getByRole("button", { name: "Review and save" }).click();
  const first = page.getByRole("dialog");
  if (await first.getByLabel("Note").isVisible()) await first.getByRole("button", { name: "Save changes" }).click();
  const conflict = page.getByRole("dialog").filter({ hasText: "saved first" });
  await conflict.getByText("One field was changed by both").waitFor();
  await conflict.getByRole("radio", { name: /^Theirs/ }).check();
  await conflict.getByRole("button", { name: "Apply mine on top" }).click();
  await bar(page).waitFor({ state: "hidden" });
  assert.equal(await page.getByRole("textbox", { name: "Budget, % of requests" }).inputValue(), "40");
  await page.context().close();
});

test("what the control plane refuses is said at its field, and cannot be saved", async () => {
  const page = await world.dashboard.page({ person: admin, expect: [400] });
  await page.goto("/config/router");
  await addRule(page, "T2", "/(unclosed/");
  const field = page.locator('[data-config-path="router.keywords.t2"]');
  await field.locator("[role=alert], .text-bad").first().waitFor();
  await bar(page).getByRole("button", { name: "Review and save", disabled: true }).waitFor();
  await bar(page).getByRole("button", { name: "1 error" }).click();
  await page.getByRole("link", { name: /router\.keywords\.t2/ }).waitFor();
  await page.keyboard.press("Escape");
  await bar(page).getByRole("button", { name: "Discard" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Discard changes" }).click();
  await bar(page).waitFor({ state: "hidden" });
  await page.context().close();
});

test("history shows what a revision changed, and goes back to it", async () => {
  const page = await world.dashboard.page({ person: admin });
  await page.goto("/config/history");
  const list = page.getByRole("list", { name: "History" });
  await list.getByRole("button", { name: /^Revision 2 .*contracts are hard/ }).click();
  await page.getByRole("region", { name: "Difference between revision 1 and 2" }).getByText("contract").first().waitFor();
  await list.getByRole("button", { name: /^Revision 1 / }).click();
  await page.getByRole("button", { name: "Roll back to revision 1" }).click();
  await page.getByRole("dialog").getByLabel("Note").fill("back to the beginning");
  await page.getByRole("dialog").getByRole("button", { name: "Roll back" }).click();
  await list.getByRole("button", { name: /Rollback to 1/ }).waitFor();
  await until("no rule is left", async () => (await tierOf("sign this contract")) === "t2");
  await page.context().close();
});

test("a configuration that a file owns is read-only, and the file is named", async () => {
  const owned = await startDashboard({ owner: "file", config: ({ mock }) => config(mock) });
  try {
    const page = await owned.page({ person: admin });
    await page.goto("/config/router");
    await page.getByText("This configuration is managed by a file").waitFor();
    await page.getByText(owned.gateway.configFile).first().waitFor();
    assert.equal(await rules(page, "T3").isDisabled(), true);
    owned.check();
  } finally {
    await owned.stopAll();
  }
});
