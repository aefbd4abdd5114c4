import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import {
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
  Outlet,
  RouterProvider,
} from "@tanstack/react-router";
import { render, type RenderResult } from "@testing-library/react";
import { type ReactNode, Suspense } from "react";
import { TooltipProvider } from "@/components/ui/tooltip";

type Options = { url?: string; client?: QueryClient };

/** Renders at a URL, inside all the providers of the app; every path leads to `ui`, and search parameters are kept as they are. */
export async function renderAt(ui: ReactNode, options: Options = {}): Promise<RenderResult & { url: () => string; client: QueryClient }> {
  const client = options.client ?? new QueryClient({ defaultOptions: { queries: { retry: false }, mutations: { retry: false } } });
  const root = createRootRoute({ component: Outlet });
  const any = createRoute({ getParentRoute: () => root, path: "$", component: () => <>{ui}</> });
  const home = createRoute({ getParentRoute: () => root, path: "/", component: () => <>{ui}</> });
  const history = createMemoryHistory({ initialEntries: [options.url ?? "/"] });
  const router = createRouter({ routeTree: root.addChildren([home, any]), history });
  await router.load();
  const result = render(
    <QueryClientProvider client={client}>
      <TooltipProvider delayDuration={0}>
        <Suspense fallback={null}>
          <RouterProvider router={router as never} />
        </Suspense>
      </TooltipProvider>
    </QueryClientProvider>,
  );
  return { ...result, client, url: () => history.location.href };
}
