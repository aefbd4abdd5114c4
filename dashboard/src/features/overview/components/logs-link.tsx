import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useRange } from "@/hooks/use-range";
import { type LogsCondition, logsSearch, otherValue } from "../lib/logs-link";

type Props = { condition: LogsCondition; value: string; children: ReactNode };

/** Leads to the requests behind a figure. */
export function LogsLink({ condition, value, children }: Props) {
  const { range } = useRange();
  if (value === otherValue) return <>{children}</>;
  return (
    <Link
      to="/logs"
      search={logsSearch(range, condition, value) as never}
      className="focus-ring inline-block max-w-full truncate rounded-sm align-bottom underline-offset-4 hover:underline"
    >
      {children}
    </Link>
  );
}
