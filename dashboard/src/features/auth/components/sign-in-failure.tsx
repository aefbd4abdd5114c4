import { OctagonAlert, Timer } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Alert, AlertDescription } from "@/components/ui/alert";
import { useNow } from "@/hooks/use-now";
import { ApiError } from "@/lib/api";
import { errorText } from "@/lib/error-text";

/** When it may be tried again, for a refusal that says so. */
export function waitUntil(error: unknown, failedAtMs: number): number {
  return error instanceof ApiError && error.retryAfterMs ? failedAtMs + error.retryAfterMs : 0;
}

type SignInFailureProps = {
  error: unknown;
  until: number;
  /** The password was right already. */
  atCode?: boolean;
};

/** Why nobody was let in. After too many tries it counts down. */
export function SignInFailure({ error, until, atCode = false }: SignInFailureProps) {
  const { t } = useTranslation(["auth", "common"]);
  const { t: common } = useTranslation("common");
  const now = useNow(500);
  const seconds = Math.max(0, Math.ceil((until - now) / 1000));
  if (until > 0) {
    if (seconds === 0) return null;
    return (
      <Alert variant="warn">
        <Timer aria-hidden />
        {/* The number changes every second; it is read out once. */}
        <AlertDescription aria-live="off">{t("auth:throttled", { count: seconds })}</AlertDescription>
      </Alert>
    );
  }
  const refused = error instanceof ApiError && (error.code === "unauthenticated" || error.code === "permission_denied");
  return (
    <Alert variant="destructive">
      <OctagonAlert aria-hidden />
      <AlertDescription>{refused ? t(atCode ? "auth:code.refused" : "auth:refused") : errorText(error, common)}</AlertDescription>
    </Alert>
  );
}
