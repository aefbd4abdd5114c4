import { LogOut } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ConfirmDialog } from "@/components/confirm-dialog";
import { Button } from "@/components/ui/button";
import { useSignOut } from "@/hooks/use-sign-out";
import { NameForm } from "./name-form";
import { PasswordForm } from "./password-form";
import { SectionCard } from "./section-card";

function SignOutEverywhere() {
  const { t } = useTranslation("settings");
  const [asking, setAsking] = useState(false);
  const signOut = useSignOut();
  return (
    <>
      <SectionCard
        title={t("signOut.title")}
        description={t("signOut.description")}
        action={
          <Button variant="outline" onClick={() => setAsking(true)}>
            <LogOut aria-hidden />
            {t("signOut.button")}
          </Button>
        }
      />
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={t("signOut.ask")}
        description={t("signOut.description")}
        action={t("signOut.button")}
        pending={signOut.isPending}
        onConfirm={() => signOut.mutate({ everywhere: true })}
      />
    </>
  );
}

export function AccountSection() {
  return (
    <div className="grid gap-4">
      <PasswordForm />
      <NameForm />
      <SignOutEverywhere />
    </div>
  );
}
