import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { type LogsSearch, parseSearch } from "../search";
import type { SearchChange } from "../lib/filter";

export type ChangeSearch = (change: SearchChange, options?: { replace?: boolean }) => void;

/** What the URL says, and the way to say something else. */
export function useLogsSearch(): { search: LogsSearch; change: ChangeSearch } {
  const raw: Record<string, unknown> = useSearch({ strict: false });
  const navigate = useNavigate();
  const search = useMemo(() => parseSearch(raw), [raw]);
  const change = useCallback<ChangeSearch>(
    (next, options) => {
      void navigate({
        to: ".",
        search: (before: Record<string, unknown>) => ({ ...before, ...next }),
        replace: options?.replace ?? false,
        resetScroll: false,
      });
    },
    [navigate],
  );
  return { search, change };
}
