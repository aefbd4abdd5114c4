import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { parseSearch } from "@/features/logs/search";
import { parseRangeSearch } from "@/lib/range";
import { rootRoute } from "./root";

export const logsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/logs",
  validateSearch: (raw: Record<string, unknown>) => ({ ...parseSearch(raw), ...parseRangeSearch(raw) }),
  staticData: { title: "logs" },
  component: lazyRouteComponent(() => import("@/features/logs"), "LogsPage"),
});
