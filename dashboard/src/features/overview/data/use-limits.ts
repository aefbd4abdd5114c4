import { useNavigate, useSearch } from "@tanstack/react-router";
import { defaultLimits, type Limits, limitsOf } from "../lib/grades";
import { parseSearch } from "../search";
import { setViewSettings, useViewSettings } from "./view-settings";

/** Where good ends and slow begins: as the URL says, else as this browser was told, else the defaults. */
export function useLimits(): { limits: Limits; setLimits: (next: Limits) => void } {
  const search = parseSearch(useSearch({ strict: false }));
  const settings = useViewSettings();
  const navigate = useNavigate();
  const setLimits = ({ good, slow }: Limits) => {
    const usual = good === defaultLimits.good && slow === defaultLimits.slow;
    setViewSettings({ refreshMs: settings.refreshMs, ...(usual ? {} : { good, slow }) });
    // In the URL too, so that a copied link shows the same colours to others.
    const part = usual ? { good: undefined, slow: undefined } : { good, slow };
    void navigate({ to: ".", search: (before: Record<string, unknown>) => ({ ...before, ...part }), replace: true });
  };
  return { limits: limitsOf(search, settings), setLimits };
}
