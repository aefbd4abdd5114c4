import { Outlet, useMatches } from "@tanstack/react-router";
import { Toaster } from "@/components/ui/toast";
import { useArrival } from "./arrival";
import { SessionGate } from "./session-gate";
import { Shell } from "./shell";

/** Everything on the screen: the shell around a page, or a page that stands alone. */
export function Root() {
  const bare = useMatches({ select: (matches) => matches.some((match) => match.staticData.bare === true) });
  useArrival();
  return (
    <>
      {bare ? (
        <Outlet />
      ) : (
        <SessionGate>
          <Shell>
            <Outlet />
          </Shell>
        </SessionGate>
      )}
      <Toaster />
    </>
  );
}
