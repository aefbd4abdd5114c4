import { createRouter } from "@tanstack/react-router";
import { configRoute, configIndexRoute } from "@/routes/config";
import { logsRoute } from "@/routes/logs";
import { overviewRoute } from "@/routes/overview";
import { playgroundRoute } from "@/routes/playground";
import { rootRoute } from "@/routes/root";
import { settingsIndexRoute, settingsRoute } from "@/routes/settings";
import { setUpRoute } from "@/routes/set-up";
import { signInRoute } from "@/routes/sign-in";
import { terminalRoute } from "@/routes/terminal";
import { whatIfRoute } from "@/routes/what-if";
import { PageError } from "./page-error";
import { PageSkeleton } from "./page-skeleton";

const routeTree = rootRoute.addChildren([
  overviewRoute,
  logsRoute,
  terminalRoute,
  playgroundRoute,
  whatIfRoute,
  configIndexRoute,
  configRoute,
  settingsIndexRoute,
  settingsRoute,
  signInRoute,
  setUpRoute,
]);

export const router = createRouter({
  routeTree,
  defaultPreload: "intent",
  defaultPendingMs: 120,
  defaultPendingMinMs: 200,
  defaultPendingComponent: PageSkeleton,
  defaultErrorComponent: PageError,
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
