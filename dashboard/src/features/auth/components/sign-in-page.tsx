import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Redirect } from "@/components/redirect";
import { toast } from "@/components/ui/toast";
import { sessionQuery, useSessionQuery } from "@/hooks/use-session";
import { safeNext } from "@/lib/next-url";
import { type Credentials, signIn } from "../data/sign-in";
import { isAnother, rememberUser } from "../lib/last-user";
import { AuthLayout } from "./auth-layout";
import { CodeStep } from "./code-step";
import { PasswordStep } from "./password-step";
import { NoCookie, PlainHttpWarning } from "./plain-http";
import { SignInFailure, waitUntil } from "./sign-in-failure";

const nothing = { name: "", password: "" };

/** Name and password, then a code where the account asks for one; then back to where one wanted to be. */
export function SignInPage() {
  const { t } = useTranslation("auth");
  const client = useQueryClient();
  const next = safeNext(useSearch({ from: "/sign-in" }).next);
  const { data: session } = useSessionQuery();
  const [known, setKnown] = useState(nothing);
  const attempt = useMutation({
    mutationFn: (credentials: Credentials) => signIn(credentials),
    meta: { ownsError: true },
    onSuccess: (outcome) => {
      if (outcome.kind !== "in") return;
      if (outcome.recoveryCodesLeft !== undefined) toast.info(t("recoveryCodesLeft", { count: outcome.recoveryCodesLeft }));
      const user = outcome.session.user?.id ?? "";
      // What somebody else left unsaved in this tab is not to be seen.
      if (isAnother(user)) return void window.location.assign(next);
      rememberUser(user);
      client.setQueryData(sessionQuery.queryKey, outcome.session);
    },
  });
  if (session?.user && !attempt.isPending) return <Redirect href={next} />;
  if (session?.setUpNeeded) return <Redirect href="/set-up" />;

  const blockedUntil = waitUntil(attempt.error, attempt.submittedAt);
  const codeStep = attempt.data?.kind === "code-needed" || (attempt.variables?.code ?? "") !== "";
  const failure = attempt.error && <SignInFailure error={attempt.error} until={blockedUntil} atCode={codeStep} />;
  return (
    <AuthLayout title={codeStep ? t("code.title") : t("signIn.title")} description={codeStep ? t("code.description") : undefined}>
      {session && !session.secureCookie && <PlainHttpWarning />}
      {attempt.data?.kind === "no-cookie" && <NoCookie />}
      {failure}
      {codeStep ? (
        <CodeStep
          pending={attempt.isPending}
          blockedUntil={blockedUntil}
          failedAt={attempt.error ? attempt.submittedAt : 0}
          onSubmit={(code) => attempt.mutate({ ...known, code })}
          onBack={() => attempt.reset()}
        />
      ) : (
        <PasswordStep
          pending={attempt.isPending}
          blockedUntil={blockedUntil}
          onSubmit={(given) => {
            setKnown(given);
            attempt.mutate({ ...given, code: "" });
          }}
        />
      )}
    </AuthLayout>
  );
}
