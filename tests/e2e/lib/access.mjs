// The test of accessibility of one language: all views, in both themes, wide and narrow.
import assert from "node:assert/strict";
import { test } from "node:test";

import { AxeBuilder } from "@axe-core/playwright";

import { config, history, mocks, traffic } from "./scene.mjs";
import { settled, views } from "./views.mjs";
import { admin, setUpCode, startDashboard, useDashboard } from "./world.mjs";
import { keyBeginnings, words } from "./words.mjs";

const beginnings = new Set(keyBeginnings());

// Texts that are names of texts: a key nobody translated. Paths of the configuration stand in a monospaced font.
const rawKeys = (page) =>
  page.evaluate((names) => {
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const text = node.data.trim();
      if (!/^(\w+:)?[a-zA-Z]\w*(\.[\w-]+)+$/.test(text) && !/\{\{\w+\}\}/.test(text)) continue;
      if (node.parentElement.closest("code, pre, .font-mono, script, style, textarea")) continue;
      if (/\{\{\w+\}\}/.test(text) || names.includes(text.replace(/^\w+:/, "").split(".")[0])) found.push(text);
    }
    return found;
  }, [...beginnings]);

// `colours`: the other theme of what was looked at just before, which differs in nothing else.
async function violations(page, colours) {
  const axe = new AxeBuilder({ page }).setLegacyMode(true).options({ resultTypes: ["violations"], ...(colours && { runOnly: ["color-contrast"] }) });
  const { violations: found } = await axe.analyze();
  return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ target, any, all, none }) => `${target.join(" ")} (${[...any, ...all, ...none].map(({ message }) => message).join("; ")})`).join(" | ")}`);
}

// Main views in every look; of the others each two of theme, width and language meet once in the two files.
const looksOf = (language, all) => (all ? [["light", 1440], ["dark", 1440], ["dark", 380], ["light", 380]] : language === "en" ? [["light", 1440], ["dark", 380]] : [["dark", 1440], ["light", 380]]);

async function inspect(page, looks) {
  const found = [];
  const note = (where, list) => found.push(...list.map((what) => `${where}: ${what}`));
  note("text", await rawKeys(page));
  // Colours that are on their way from one theme to the other are nobody's contrast.
  await page.evaluate(() => {
    const still = new CSSStyleSheet();
    still.replaceSync("*, *::before, *::after { transition: none !important; }");
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, still];
  });
  let before;
  for (const [theme, width] of looks) {
    await page.setViewportSize({ width, height: width === 380 ? 800 : 900 });
    await page.evaluate((dark) => {
      document.documentElement.classList.toggle("dark", dark);
      document.documentElement.style.colorScheme = dark ? "dark" : "light";
    }, theme === "dark");
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (wide > 1) found.push(`${theme} ${width}: the page scrolls sideways by ${wide} px`);
    note(`${theme} ${width}`, await violations(page, width === before));
    before = width;
  }
  return found;
}

export function accessibleIn(language) {
  const t = words(language);
  const world = useDashboard({
    mocks,
    config,
    async prepare(gateway) {
      await traffic(gateway, 1);
      await history(gateway);
    },
  });
  // One context for all who are signed in, so that files are read once; a tab of its own for each view.
  let home;
  const tabOf = async (view) => {
    if (view.stranger) return world.dashboard.page({ look: { language }, expect: [401] });
    if (view.expect) return world.dashboard.page({ person: admin, look: { language }, expect: view.expect });
    home ??= await world.dashboard.page({ person: admin, look: { language } });
    return home.context().newPage();
  };
  const wanted = process.env.SMARTROUTE_E2E_VIEWS ? process.env.SMARTROUTE_E2E_VIEWS.split(",") : undefined;
  for (const [name, view] of Object.entries(views).filter(([name]) => !wanted || wanted.includes(name)))
    test(`${name} (${language})`, async () => {
      const page = await tabOf(view);
      await page.goto(view.path);
      await settled(page);
      await view.open?.(page, t);
      await settled(page);
      assert.equal(await page.evaluate(() => document.documentElement.lang), language);
      assert.deepEqual(await inspect(page, looksOf(language, view.main)), []);
      await page.close();
    });
  if (!wanted)
    test(`set-up (${language})`, async () => {
      const fresh = await startDashboard({ account: false });
      try {
        const page = await fresh.page({ look: { language }, expect: [401] });
        await page.goto(`/set-up?code=${setUpCode(fresh.gateway.control)}`);
        await settled(page);
        assert.deepEqual(await inspect(page, looksOf(language, true)), []);
        fresh.check();
      } finally {
        await fresh.stopAll();
      }
    });
}
