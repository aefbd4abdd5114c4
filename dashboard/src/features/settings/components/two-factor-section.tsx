import { ShieldCheck, ShieldOff } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Badge } from "@/components/ui/badge";
import { FormField } from "@/components/ui/form-field";
import { InputOtp } from "@/components/ui/input-otp";
import { toast } from "@/components/ui/toast";
import { AccountService } from "@/gen/smartroute/v1/admin_pb";
import { useSession } from "@/hooks/use-session";
import { useChange } from "../data/queries";
import { PasswordStep } from "./password-step";
import { RecoveryCodes } from "./recovery-codes";
import { SectionCard } from "./section-card";
import { TwoFactorEnrol } from "./two-factor-enrol";

function Renew({ onCodes }: { onCodes: (codes: string[]) => void }) {
  const { t } = useTranslation("settings");
  const renew = useChange(AccountService.method.renewRecoveryCodes, "session");
  return (
    <SectionCard title={t("codes.renewTitle")} description={t("codes.renewDescription")}>
      <PasswordStep action={t("codes.renew")} pending={renew.isPending} error={renew.error} onPassword={(currentPassword) => renew.mutate({ currentPassword }, { onSuccess: ({ codes }) => onCodes(codes) })} />
    </SectionCard>
  );
}

function Disable() {
  const { t } = useTranslation("settings");
  const [code, setCode] = useState("");
  const disable = useChange(AccountService.method.disableTwoFactor, "session");
  const send = (currentPassword: string) => disable.mutate({ currentPassword, code }, { onSuccess: () => toast.success(t("twoFactor.disabled")), onSettled: () => setCode("") });
  return (
    <SectionCard title={t("twoFactor.disableTitle")} description={t("twoFactor.disableDescription")}>
      <PasswordStep action={t("twoFactor.disable")} destructive pending={disable.isPending} error={disable.error} onPassword={send}>
        <FormField label={t("twoFactor.code")}>
          <InputOtp value={code} onChange={setCode} />
        </FormField>
      </PasswordStep>
    </SectionCard>
  );
}

export function TwoFactorSection() {
  const { t } = useTranslation("settings");
  const { user } = useSession();
  // Codes outlive the change of the session that brought them: nobody may lose them to a repaint.
  const [codes, setCodes] = useState<string[]>();
  const on = user.twoFactor;
  const badge = (
    <Badge variant={on ? "good" : "secondary"}>
      {on ? <ShieldCheck aria-hidden /> : <ShieldOff aria-hidden />}
      {t(on ? "twoFactor.on" : "twoFactor.off")}
    </Badge>
  );
  return (
    <div className="grid gap-4">
      <SectionCard title={t("twoFactor.title")} description={t("twoFactor.description")} action={badge}>
        {codes && <RecoveryCodes codes={codes} onDone={() => setCodes(undefined)} />}
        {!codes && !on && <TwoFactorEnrol onCodes={setCodes} />}
      </SectionCard>
      {on && !codes && <Renew onCodes={setCodes} />}
      {on && !codes && <Disable />}
    </div>
  );
}
