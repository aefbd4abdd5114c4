import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { parseSignInSearch } from "@/features/auth/search";
import { rootRoute } from "./root";

export const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/sign-in",
  validateSearch: parseSignInSearch,
  staticData: { title: "signIn", bare: true },
  component: lazyRouteComponent(() => import("@/features/auth"), "SignInPage"),
});
