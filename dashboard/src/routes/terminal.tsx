import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { parseSearch } from "@/features/terminal/search";
import { rootRoute } from "./root";

export const terminalRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/terminal",
  validateSearch: parseSearch,
  staticData: { title: "terminal" },
  component: lazyRouteComponent(() => import("@/features/terminal"), "TerminalPage"),
});
