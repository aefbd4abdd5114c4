import { Navigate, useLocation } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { ErrorState } from "@/components/error-state";
import { useSessionQuery } from "@/hooks/use-session";
import { ShellSkeleton } from "./shell-skeleton";

/** Lets in who is signed in; leads all others to where they can be, and back afterwards. */
export function SessionGate({ children }: { children: ReactNode }) {
  const { data, error, isPending, refetch } = useSessionQuery();
  const here = useLocation({ select: (location) => location.href });
  if (isPending) return <ShellSkeleton />;
  // A refresh that failed says nothing about who one is.
  if (!data) {
    return (
      <main className="mx-auto flex min-h-dvh max-w-xl flex-col justify-center p-6">
        <ErrorState error={error} onRetry={() => void refetch()} />
      </main>
    );
  }
  if (data.user) return children;
  if (data.setUpNeeded) return <Navigate to="/set-up" replace />;
  return <Navigate to="/sign-in" search={here === "/" ? {} : { next: here }} replace />;
}
