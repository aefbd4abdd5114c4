// Asking through the page, replaying under an edited draft, and letting others and scripts in.
import assert from "node:assert/strict";
import { test } from "node:test";

import { admin, chatFetch, plainConfig, tireless, until, useDashboard, userAsks } from "./lib/world.mjs";

const world = useDashboard({
  config: ({ mock }) => ({
    ...plainConfig(mock.baseURL, tireless),
    router: { mode: "keyword", default_tier: "t2", keywords: { t3: ["prove"] } },
    models: [
      { id: "mock/small", price: { input: 0.1, output: 0.4 } },
      { id: "mock/medium", price: { input: 1.5, output: 6 } },
      { id: "mock/large", price: { input: 10, output: 40 } },
    ],
  }),
});

test("an answer comes with its tier, model and cost", async () => {
  const page = await world.dashboard.page({ person: admin });
  await page.goto("/playground");
  await page.getByRole("textbox", { name: "Message", exact: true }).fill("prove that it is prime");
  await page.keyboard.press("Enter");
  const conversation = page.getByRole("list", { name: "Conversation" });
  await conversation.getByText("T3", { exact: true }).first().waitFor();
  await conversation.getByText("large").first().waitFor();
  await conversation.getByText(/\$0\.\d+/).first().waitFor();
  await conversation.getByRole("link", { name: "Log record" }).first().click();
  await page.getByRole("dialog").getByText("The keyword rule “prove” chose tier T3.").first().waitFor();
  await page.context().close();
});

test("two models answer side by side", async () => {
  const page = await world.dashboard.page({ person: admin });
  await page.goto("/playground");
  await page.getByRole("switch", { name: "Compare" }).click();
  await page.getByRole("textbox", { name: "Message", exact: true }).fill("good morning");
  await page.keyboard.press("Enter");
  await page.getByText(/cost .*(instead of|times as much)/).waitFor();
  await page.context().close();
});

test("what-if tells who would move under rules nobody has saved", async () => {
  for (let i = 0; i < 4; ++i) await (await chatFetch(world.gateway.baseURL, userAsks(`prove lemma ${i}`))).text();
  await until("the records", async () => ((await world.gateway.control.call("LogService/ListRecords", { pageSize: 50, filter: { text: "lemma" } })).records ?? []).length === 4);
  const page = await world.dashboard.page({ person: admin });
  await page.goto("/what-if");
  await page.getByRole("button", { name: "Keyword rules" }).click();
  await page.getByRole("textbox", { name: "T3", exact: true }).fill("nothing at all");
  await page.getByRole("button", { name: "Replay" }).click();
  await page.getByRole("heading", { name: "Requests that would move" }).waitFor();
  await page.getByText("prove lemma 0").first().waitFor();
  const { json } = await world.gateway.control.call("ConfigService/GetConfig");
  assert.deepEqual(JSON.parse(json).router.keywords.t3, ["prove"], "nothing was saved");
  await page.context().close();
});

test("a user made on the page signs in with the password that is shown once", async () => {
  const page = await world.dashboard.page({ person: admin });
  await page.goto("/settings/users");
  await page.getByRole("button", { name: "Add user" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("grace");
  await dialog.getByRole("button", { name: "Add user" }).click();
  await dialog.getByText("grace can sign in now").waitFor();
  const password = await dialog.locator("code").first().textContent();
  await dialog.getByRole("button", { name: "Done" }).click();
  await page.getByRole("row").filter({ hasText: "grace" }).getByText("Viewer").waitFor();
  const hers = await world.dashboard.page({ person: { name: "grace", password } });
  await hers.goto("/");
  await hers.getByRole("button", { name: "Account of grace" }).waitFor();
  await hers.context().close();
  await page.context().close();
});

test("a token made on the page opens the API to a script, until it is deleted", async () => {
  const page = await world.dashboard.page({ person: admin });
  await page.goto("/settings/tokens");
  await page.getByRole("button", { name: "Create token" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("backup");
  await dialog.getByRole("button", { name: "Create token" }).click();
  await dialog.getByText("Token backup created").waitFor();
  const token = await dialog.locator("code").first().textContent();
  const { control } = world.gateway;
  assert.equal(await control.call("FleetService/ListInstances", {}, { token }).then(({ instances }) => instances.length), 1);
  await assert.rejects(control.call("ConfigService/PutConfig", { source: { text: "{}" } }, { token }), { status: 403 });
  await dialog.getByRole("button", { name: "Done" }).click();
  await page.getByRole("button", { name: "Delete the token backup" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Delete token" }).click();
  await until("the token is refused", async () => control.call("FleetService/ListInstances", {}, { token }).then(() => false, ({ status }) => status === 401));
  await page.context().close();
});
