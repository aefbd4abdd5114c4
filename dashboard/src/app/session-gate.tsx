import { useRouter } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { ErrorState } from "@/components/error-state";
import { Redirect } from "@/components/redirect";
import { useSessionQuery } from "@/hooks/use-session";
import { ShellSkeleton } from "./shell-skeleton";

/** Lets in who is signed in; leads all others to where they can be, and back afterwards. */
export function SessionGate({ children }: { children: ReactNode }) {
  const { data, error, isPending, refetch } = useSessionQuery();
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
  return data.setUpNeeded ? <Redirect href="/set-up" /> : <ToSignIn />;
}

function ToSignIn() {
  const router = useRouter();
  // Where one was when it turned out that nobody is signed in; from then on the location is on its way.
  const [here] = useState(() => router.state.location.href);
  return <Redirect href={here === "/" ? "/sign-in" : `/sign-in?next=${encodeURIComponent(here)}`} />;
}
