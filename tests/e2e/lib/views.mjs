// Every page, dialog and drawer of the dashboard, and how one gets there in either language.
const press = (page, role, name) => page.getByRole(role, { name, exact: true }).first().click();
const dialog = (page) => page.getByRole("dialog").or(page.getByRole("alertdialog")).first().waitFor();
const row = (page) => page.getByRole("grid").getByRole("row").filter({ has: page.getByRole("gridcell") });

// Waits until the page has what it asked for: no skeleton is in sight.
export async function settled(page) {
  await page.locator("h1").first().waitFor({ state: "attached" });
  await page.waitForFunction(() => {
    const waiting = [...document.querySelectorAll("[data-slot=skeleton], .animate-pulse, main [aria-busy=true]")];
    return !waiting.some((element) => {
      const { top, bottom } = element.getBoundingClientRect();
      return element.checkVisibility() && top < innerHeight && bottom > 0;
    });
  });
}

// Down and up again: what is asked for only when it is in sight has come then.
async function wholeOverview(page) {
  const further = () =>
    page.evaluate(() => {
      const before = scrollY;
      scrollBy({ top: innerHeight / 2, behavior: "instant" });
      return scrollY > before;
    });
  while (await further()) await settled(page);
  await page.evaluate(() => scrollTo({ top: 0, behavior: "instant" }));
}

const drawer = (tab) => ({
  path: "/logs?tier=t3&status=200&retries=1",
  async open(page, t) {
    await row(page).first().click();
    await page.getByRole("dialog").getByRole("tab", { name: t("logs", `tab.${tab}`), exact: true }).click();
  },
});
const logMenu = (what) => ({
  path: "/logs",
  async open(page, t) {
    await row(page).first().waitFor();
    await page.getByRole("button", { name: t("common", "more"), exact: true }).first().click();
    await press(page, "menuitem", t("logs", `${what}.open`));
    await dialog(page);
  },
});
const addRule = async (page, t) => {
  const rule = page.getByRole("textbox", { name: t("config", "fields.router.keywords.t2.label") });
  await rule.fill("unit test");
  await rule.press("Enter");
  await page.getByRole("button", { name: t("config", "bar.review") }).waitFor();
};
const pressed = (path, key, role = "button") => ({
  path,
  async open(page, t) {
    await press(page, role, t(...key));
    await dialog(page);
  },
});

export const views = {
  overview: { path: "/", main: true, open: wholeOverview },
  logs: { path: "/logs", main: true, open: (page) => row(page).first().waitFor() },
  "logs-nothing": { path: "/logs?q=nobody-said-this" },
  "drawer-overview": { ...drawer("overview"), main: true },
  "drawer-request": drawer("request"),
  "drawer-response": drawer("response"),
  "drawer-route": drawer("route"),
  "drawer-raw": drawer("raw"),
  "logs-export": logMenu("export"),
  "logs-storage": logMenu("storage"),
  terminal: { path: "/terminal", main: true, open: (page) => page.getByRole("option").first().waitFor() },
  "playground-empty": { path: "/playground" },
  playground: {
    path: "/playground",
    main: true,
    async open(page, t) {
      await page.getByRole("textbox", { name: t("playground", "composer.message"), exact: true }).fill("Prove that the square root of two is irrational.");
      await page.keyboard.press("Enter");
      await page.getByRole("link", { name: t("playground", "answer.record") }).first().waitFor();
    },
  },
  "playground-explain": {
    path: "/playground",
    async open(page, t) {
      await page.getByRole("textbox", { name: t("playground", "composer.message"), exact: true }).fill("Good morning, prove this");
      await press(page, "button", t("playground", "explain.button"));
      await dialog(page);
    },
  },
  "playground-code": {
    path: "/playground",
    async open(page, t) {
      await page.getByRole("textbox", { name: t("playground", "composer.message"), exact: true }).fill("Hello");
      await press(page, "button", t("playground", "snippet.button"));
      await dialog(page);
    },
  },
  "what-if": {
    path: "/what-if",
    main: true,
    async open(page, t) {
      await press(page, "button", t("what-if", "candidate.run"));
      await page.getByRole("heading", { name: t("what-if", "moves.title") }).waitFor();
    },
  },
  ...Object.fromEntries(["tiers", "router", "providers", "models", "retry", "health", "params", "general", "history", "yaml"].map((name) => [`config-${name}`, { path: `/config/${name}`, main: name === "tiers" || name === "router" }])),
  "config-provider": {
    path: "/config/providers",
    async open(page, t) {
      await page.getByRole("button", { name: /openai/ }).first().click();
      await dialog(page);
    },
  },
  "config-key": pressed("/config/general", ["config", "keys.add"]),
  "config-review": {
    path: "/config/router",
    async open(page, t) {
      await addRule(page, t);
      await press(page, "button", t("config", "bar.review"));
      await dialog(page);
    },
  },
  "config-discard": {
    path: "/config/router",
    async open(page, t) {
      await addRule(page, t);
      await press(page, "button", t("config", "bar.discard"));
      await dialog(page);
    },
  },
  "config-rollback": {
    path: "/config/history?revision=1",
    async open(page, t) {
      await page.getByRole("button", { name: t("config", "history.rollback", { number: 1 }) }).click();
      await dialog(page);
    },
  },
  ...Object.fromEntries(["account", "two-factor", "sessions", "users", "tokens", "language-and-appearance", "about"].map((name) => [`settings-${name}`, { path: `/settings/${name}` }])),
  "settings-new-user": pressed("/settings/users", ["settings", "users.create"]),
  "settings-new-token": pressed("/settings/tokens", ["settings", "tokens.create"]),
  palette: {
    path: "/",
    async open(page) {
      await settled(page);
      await page.keyboard.press("Control+k");
      await page.getByRole("option").first().waitFor();
    },
  },
  "not-found": { path: "/no/such/page", expect: [404] },
  "sign-in": { path: "/sign-in", stranger: true, main: true },
};
