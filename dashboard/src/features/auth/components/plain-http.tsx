import { Cookie, LockOpen } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Alert, AlertDescription, AlertTitle } from "@/components/ui/alert";

/** The page came unencrypted from another machine. */
export function PlainHttpWarning() {
  const { t } = useTranslation("auth");
  return (
    <Alert variant="warn">
      <LockOpen aria-hidden />
      <AlertTitle>{t("plainHttp.title")}</AlertTitle>
      <AlertDescription>{t("plainHttp.text")}</AlertDescription>
    </Alert>
  );
}

/** Signed in, but the browser keeps no cookie of this page. */
export function NoCookie() {
  const { t } = useTranslation("auth");
  return (
    <Alert variant="destructive">
      <Cookie aria-hidden />
      <AlertTitle>{t("noCookie.title")}</AlertTitle>
      <AlertDescription>{t("noCookie.text")}</AlertDescription>
    </Alert>
  );
}
