import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { parseSearch } from "@/features/what-if/search";
import { parseRangeSearch } from "@/lib/range";
import { rootRoute } from "./root";

export const whatIfRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/what-if",
  validateSearch: (raw: Record<string, unknown>) => ({ ...parseSearch(raw), ...parseRangeSearch(raw) }),
  staticData: { title: "whatIf" },
  component: lazyRouteComponent(() => import("@/features/what-if"), "WhatIfPage"),
});
