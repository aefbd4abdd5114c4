import { createRoute, lazyRouteComponent, redirect } from "@tanstack/react-router";
import { parseSearch } from "@/features/settings/search";
import { rootRoute } from "./root";

export const settingsIndexRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/settings",
  beforeLoad: () => {
    throw redirect({ to: "/settings/$section", params: { section: "account" }, replace: true });
  },
});

export const settingsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/settings/$section",
  validateSearch: parseSearch,
  staticData: { title: "settings" },
  component: lazyRouteComponent(() => import("@/features/settings"), "SettingsPage"),
});
