import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { parseSearch } from "@/features/playground/search";
import { rootRoute } from "./root";

export const playgroundRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/playground",
  validateSearch: parseSearch,
  staticData: { title: "playground" },
  component: lazyRouteComponent(() => import("@/features/playground"), "PlaygroundPage"),
});
