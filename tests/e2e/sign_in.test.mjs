// From the set-up link to two-factor: what somebody does who opens the dashboard for the first time, and every time after it.
import assert from "node:assert/strict";
import { test } from "node:test";

import { admin, plainConfig, setUpCode, signIn, tireless, totp, useDashboard } from "./lib/world.mjs";

const world = useDashboard({ account: false, config: ({ mock }) => plainConfig(mock.baseURL, tireless) });
const pages = (page) => page.getByRole("navigation", { name: "Pages" });
let secret;
let recovery;

async function signOut(page) {
  await page.getByRole("button", { name: `Account of ${admin.name}` }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
}

async function password(page, text = admin.password) {
  await page.getByLabel("Name", { exact: true }).fill(admin.name);
  await page.getByLabel("Password", { exact: true }).fill(text);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}

test("without the link nobody gets in, and the page says where the link is", async () => {
  const page = await world.dashboard.page({ expect: [401] });
  await page.goto("/logs");
  await page.getByRole("heading", { level: 1 }).waitFor();
  assert.match(page.url(), /\/set-up$/);
  await page.getByText("smartroute dashboard link").first().waitFor();
  await page.context().close();
});

test("the link makes the first admin, who is then in", async () => {
  const page = await world.dashboard.page({ expect: [401, 403] });
  await page.goto(`/set-up?code=${setUpCode(world.gateway.control)}`);
  await page.getByLabel("Name", { exact: true }).fill(admin.name);
  await page.getByLabel("Password", { exact: true }).fill("short");
  await page.getByRole("button", { name: "Create the account" }).click();
  await page.getByText(/At least \d+ characters/).first().waitFor();
  await page.getByLabel("Password", { exact: true }).fill(admin.password);
  await page.getByRole("button", { name: "Create the account" }).click();
  await pages(page).waitFor();
  assert.equal(new URL(page.url()).search, "", "the code does not stay in the address");
  await signOut(page);
  await page.goto("/settings/users");
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await page.context().close();
});

test("a wrong password is told, the right one leads to where one wanted to go", async () => {
  const page = await world.dashboard.page({ expect: [401] });
  await page.goto("/terminal");
  await password(page, "wrong horse battery");
  await page.getByText("Name, password or code is wrong.").waitFor();
  await password(page);
  await page.getByRole("heading", { name: "Terminal", level: 1 }).waitFor();
  await page.context().close();
});

test("two-factor is switched on with the key the page shows", async () => {
  const page = await world.dashboard.page({ person: admin });
  await page.goto("/settings/two-factor");
  await page.getByLabel("Current password").fill(admin.password);
  await page.getByRole("button", { name: "Set up" }).click();
  await page.getByRole("img", { name: /QR code/ }).waitFor();
  secret = (await page.getByText(/^[A-Z2-7 ]{26,}$/).first().textContent()).replaceAll(" ", "");
  await page.getByLabel("Code", { exact: true }).fill(totp(secret)); // the sixth digit sends it
  await page.getByRole("heading", { name: /Keep these recovery codes/ }).waitFor();
  recovery = await page.locator("section[aria-labelledby=recovery-codes] ul > li").allTextContents();
  assert.ok(recovery.length >= 8 && new Set(recovery).size === recovery.length);
  await page.getByRole("checkbox", { name: "I have saved them" }).check();
  await page.getByRole("button", { name: "Done" }).click();
  await page.getByRole("button", { name: "Turn off two-factor" }).waitFor();
  await page.context().close();
});

test("then a code of the app is asked for, and a recovery code serves once", async () => {
  const page = await world.dashboard.page({ expect: [401] });
  await page.goto("/sign-in");
  await password(page);
  await page.getByLabel("Six-digit code").first().waitFor();
  // A code counts once, and that of the step after this one is taken too.
  const next = totp(secret, Date.now() + 30_000);
  await page.getByLabel("Six-digit code").first().fill(next);
  await pages(page).waitFor();
  await signOut(page);
  await password(page);
  await page.getByRole("button", { name: "Use a recovery code" }).click();
  await page.getByLabel("Recovery code").fill(recovery[0]);
  await page.getByRole("button", { name: "Continue" }).click();
  await pages(page).waitFor();
  await page.getByText(`You used a recovery code; ${recovery.length - 1} are left.`).waitFor();
  await signOut(page);
  await password(page);
  await page.getByRole("button", { name: "Use a recovery code" }).click();
  await page.getByLabel("Recovery code").fill(recovery[0]);
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByText("This code is wrong or has already been used.").waitFor();
  await page.context().close();
});

test("a viewer sees everything and can change nothing but itself", async () => {
  const viewer = { name: "vera", password: "purple monkey dishwasher" };
  await world.gateway.control.call("UserService/CreateUser", { ...viewer, role: "ACCOUNT_ROLE_VIEWER" });
  const page = await world.dashboard.page({ person: viewer });
  await page.goto("/config/router");
  await page.getByText("To change it you need the admin role.").waitFor();
  assert.equal(await page.getByRole("textbox", { name: "T3 when it says" }).isDisabled(), true);
  await page.goto("/settings/users");
  await page.getByText("Only admins can see this").first().waitFor();
  await page.goto("/playground");
  await page.getByText("asking models is for admins", { exact: false }).waitFor();
  await page.goto("/logs");
  await page.getByRole("heading", { name: "Logs", level: 1 }).waitFor();
  await page.context().close();
});
