import { OctagonAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Alert, AlertDescription } from "@/components/ui/alert";
import { ApiError } from "@/lib/api";
import { errorText } from "@/lib/error-text";
import { SetUpLinkHelp } from "./set-up-link-help";
import { SignInFailure, waitUntil } from "./sign-in-failure";

type SetUpFailureProps = { error: unknown; failedAt: number };

export function SetUpFailure({ error, failedAt }: SetUpFailureProps) {
  const { t } = useTranslation("auth");
  const { t: common } = useTranslation("common");
  const until = waitUntil(error, failedAt);
  if (until > 0) return <SignInFailure error={error} until={until} />;
  const badCode = error instanceof ApiError && (error.code === "permission_denied" || error.code === "unauthenticated" || error.code === "not_found");
  return (
    <>
      <Alert variant="destructive">
        <OctagonAlert aria-hidden />
        <AlertDescription>{badCode ? t("setUp.badCode") : errorText(error, common)}</AlertDescription>
      </Alert>
      {badCode && <SetUpLinkHelp />}
    </>
  );
}
