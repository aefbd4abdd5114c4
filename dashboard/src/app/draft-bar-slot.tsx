import { useLocation } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { useUnsaved } from "./unsaved-indicator";

const ConfigDraftBar = lazy(() => import("@/components/config-draft-bar").then((file) => ({ default: file.ConfigDraftBar })));

/** Unsaved changes follow to every page; the configuration page has the same bar itself. What shows it is loaded with the first change. */
export function DraftBarSlot() {
  const unsaved = useUnsaved();
  const [wanted, setWanted] = useState(unsaved);
  const onConfig = useLocation({ select: (location) => location.pathname.startsWith("/config") });
  if (unsaved && !wanted) setWanted(true);
  if (!wanted || onConfig) return null;
  return (
    <Suspense fallback={null}>
      <div className="sticky bottom-3 z-30 mt-5">
        <ConfigDraftBar />
      </div>
    </Suspense>
  );
}
