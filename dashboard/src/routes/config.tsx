import { createRoute, lazyRouteComponent, redirect } from "@tanstack/react-router";
import { parseSearch } from "@/features/config/search";
import { rootRoute } from "./root";

export const configIndexRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/config",
  beforeLoad: () => {
    throw redirect({ to: "/config/$section", params: { section: "tiers" }, replace: true });
  },
});

export const configRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/config/$section",
  validateSearch: parseSearch,
  staticData: { title: "config" },
  component: lazyRouteComponent(() => import("@/features/config"), "ConfigPage"),
});
