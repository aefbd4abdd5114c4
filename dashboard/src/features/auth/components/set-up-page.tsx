import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouter, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Redirect } from "@/components/redirect";
import { Skeleton } from "@/components/ui/skeleton";
import { sessionQuery, useSessionQuery } from "@/hooks/use-session";
import { type FirstAdmin, isConfigured, setUp } from "../data/sign-in";
import { rememberUser } from "../lib/last-user";
import { AuthLayout } from "./auth-layout";
import { NoCookie, PlainHttpWarning } from "./plain-http";
import { SetUpFailure } from "./set-up-failure";
import { SetUpForm } from "./set-up-form";
import { SetUpLinkHelp } from "./set-up-link-help";

/** Also after "#", where it does not get into the logs of what lies between. */
function codeInHash(): string {
  return decodeURIComponent(window.location.hash.replace(/^#(code=)?/, ""));
}

/** The first visitor with the code names the first admin; then on to what is still missing. */
export function SetUpPage() {
  const { t } = useTranslation("auth");
  const client = useQueryClient();
  const router = useRouter();
  const { code: inSearch } = useSearch({ from: "/set-up" });
  const [code] = useState(() => inSearch ?? codeInHash());
  const { data: session, isPending } = useSessionQuery();
  const attempt = useMutation({
    mutationFn: (first: FirstAdmin) => setUp(first),
    meta: { ownsError: true },
    onSuccess: async (outcome) => {
      if (outcome.kind !== "in") return;
      rememberUser(outcome.session.user?.id ?? "");
      const configured = await isConfigured();
      client.setQueryData(sessionQuery.queryKey, outcome.session);
      // Not pushed: the code is spent, nobody is to come back to it.
      router.history.replace(configured ? "/" : "/config/providers");
    },
  });
  if (isPending) {
    return (
      <AuthLayout title={t("setUp.title")}>
        <Skeleton className="h-56" />
      </AuthLayout>
    );
  }
  if (session && !session.setUpNeeded && attempt.isIdle) return <Redirect href={session.user ? "/" : "/sign-in"} />;
  if (!code) {
    return (
      <AuthLayout title={t("setUp.noCodeTitle")}>
        <SetUpLinkHelp />
      </AuthLayout>
    );
  }
  return (
    <AuthLayout title={t("setUp.title")} description={t("setUp.description")}>
      {session && !session.secureCookie && <PlainHttpWarning />}
      {attempt.data?.kind === "no-cookie" && <NoCookie />}
      {attempt.error && <SetUpFailure error={attempt.error} failedAt={attempt.submittedAt} />}
      <SetUpForm pending={attempt.isPending} onSubmit={(given) => attempt.mutate({ ...given, code })} />
    </AuthLayout>
  );
}
