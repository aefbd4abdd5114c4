import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { parseSearch, type TerminalSearch } from "../search";

/** The filters in the URL, and the way to change them. */
export function useTerminalSearch() {
  const raw: Record<string, unknown> = useSearch({ strict: false });
  const navigate = useNavigate();
  const search = useMemo(() => parseSearch(raw), [raw]);
  const change = useCallback(
    (next: Partial<TerminalSearch>) => {
      void navigate({ to: ".", search: (before: Record<string, unknown>) => ({ ...before, ...next }), replace: true, resetScroll: false });
    },
    [navigate],
  );
  return { search, change };
}
