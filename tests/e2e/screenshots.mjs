// Pictures of every page, in both themes and both languages, of a gateway with traffic of all sorts.
//
//   node tests/e2e/screenshots.mjs OUT [NAME...]
//
// Writes OUT/<view>.<language>.<theme>.png at 1440x900, and OUT/<view>.<language>.<theme>.380.png of the main ones. NAME: these views only.
import { mkdirSync } from "node:fs";
import { join } from "node:path";

import { config, history, mocks, past, traffic } from "./lib/scene.mjs";
import { settled, views } from "./lib/views.mjs";
import { words } from "./lib/words.mjs";
import { admin, startDashboard } from "./lib/world.mjs";

const [out, ...wanted] = process.argv.slice(2);
if (!out) {
  console.error("usage: node tests/e2e/screenshots.mjs OUT [NAME...]");
  process.exit(2);
}
mkdirSync(out, { recursive: true });

async function picture(dashboard, name, language, theme, width) {
  const view = views[name];
  const height = width === 380 ? 800 : 900;
  const page = await dashboard.page({ ...(!view.stranger && { person: admin }), look: { language, theme }, width, height, expect: [401] });
  try {
    await page.goto(view.path);
    await settled(page);
    await view.open?.(page, words(language));
    await settled(page);
    await page.waitForLoadState("networkidle", { timeout: 3_000 }).catch(() => {});
    await page.screenshot({ path: join(out, `${name}.${language}.${theme}${width === 380 ? ".380" : ""}.png`), animations: "disabled" });
  } catch (error) {
    console.error(`${name} ${language} ${theme} ${width}: ${error.message.split("\n")[0]}`);
    process.exitCode = 1;
  } finally {
    await page.context().close();
  }
}

const dashboard = await startDashboard({ mocks, config });
try {
  await past(dashboard.gateway);
  await traffic(dashboard.gateway, 6);
  await history(dashboard.gateway);
  const names = Object.keys(views).filter((name) => wanted.length === 0 || wanted.includes(name));
  for (const name of names)
    for (const language of ["en", "zh-CN"])
      for (const theme of ["light", "dark"])
        for (const width of views[name].main ? [1440, 380] : [1440]) await picture(dashboard, name, language, theme, width);
} finally {
  await dashboard.stopAll();
}
