import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { parseSetUpSearch } from "@/features/auth/search";
import { rootRoute } from "./root";

export const setUpRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/set-up",
  validateSearch: parseSetUpSearch,
  staticData: { title: "setUp", bare: true },
  component: lazyRouteComponent(() => import("@/features/auth"), "SetUpPage"),
});
