import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { parseSearch } from "@/features/overview/search";
import { parseRangeSearch } from "@/lib/range";
import { rootRoute } from "./root";

export const overviewRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/",
  validateSearch: (raw: Record<string, unknown>) => ({ ...parseSearch(raw), ...parseRangeSearch(raw) }),
  staticData: { title: "overview" },
  component: lazyRouteComponent(() => import("@/features/overview"), "OverviewPage"),
});
