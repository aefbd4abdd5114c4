// What the tests of this folder share: a gateway as tests/integration has it, and its dashboard in a browser.
import { after, afterEach, before } from "node:test";

import { Gateway, plainConfig, tireless } from "../../integration/lib/world.mjs";
import { Dashboard } from "./browser.mjs";
import { setUp } from "./people.mjs";

export { binary, chatFetch, plainConfig, startLoad, tireless, until } from "../../integration/lib/world.mjs";
export { Dashboard, Watch, launch, signIn } from "./browser.mjs";
export * from "./people.mjs";

export const userAsks = (content, more = {}) => ({ messages: [{ role: "user", content }], ...more });

export async function startDashboard({ account = true, ...options } = {}) {
  const gateway = new Gateway({ config: ({ mock }) => plainConfig(mock.baseURL, tireless), ...options });
  const dashboard = new Dashboard(gateway);
  const stop = async () => {
    await dashboard.stop();
    await gateway.stop();
  };
  try {
    await gateway.start();
    if (account) await setUp(gateway.control);
    await dashboard.start();
  } catch (error) {
    await stop().catch(() => {});
    throw error;
  }
  return Object.assign(dashboard, { stopAll: stop });
}

// For all tests of a file: {dashboard, gateway}; `prepare(gateway)` runs before the first. After each test nothing may stand against any page.
export function useDashboard({ prepare, ...options } = {}) {
  const world = {};
  before(async () => {
    world.dashboard = await startDashboard(options);
    world.gateway = world.dashboard.gateway;
    await prepare?.(world.gateway);
  });
  after(() => world.dashboard?.stopAll());
  afterEach(() => world.dashboard?.check());
  return world;
}
