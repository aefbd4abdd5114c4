import { createRootRoute } from "@tanstack/react-router";
import { NotFound } from "@/app/not-found";
import { Root } from "@/app/root";

declare module "@tanstack/react-router" {
  interface StaticDataRouteOption {
    /** Stands alone, without the shell; for whoever is not signed in. */
    bare?: boolean;
    /** Key of the title, in `titles` of the common texts. */
    title?: "overview" | "logs" | "terminal" | "playground" | "whatIf" | "config" | "settings" | "signIn" | "setUp";
  }
}

export const rootRoute = createRootRoute({ component: Root, notFoundComponent: NotFound });
