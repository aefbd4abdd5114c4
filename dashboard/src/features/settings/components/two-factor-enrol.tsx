import { useState } from "react";
import { useTranslation } from "react-i18next";
import { CopyButton } from "@/components/copy-button";
import { Button } from "@/components/ui/button";
import { FormField } from "@/components/ui/form-field";
import { InputOtp } from "@/components/ui/input-otp";
import { AccountService, type StartTwoFactorResponse } from "@/gen/smartroute/v1/admin_pb";
import { useChange } from "../data/queries";
import { fieldErrors } from "../lib/field-errors";
import { FormError } from "./form-error";
import { PasswordStep } from "./password-step";
import { QrCode } from "./qr-code";

interface EnrolProps {
  onCodes: (codes: string[]) => void;
}

/** Password, then scan, then a code of it: only then it counts. */
export function TwoFactorEnrol({ onCodes }: EnrolProps) {
  const { t } = useTranslation("settings");
  const [started, setStarted] = useState<StartTwoFactorResponse>();
  const start = useChange(AccountService.method.startTwoFactor, "session");
  if (!started)
    return <PasswordStep action={t("twoFactor.start")} pending={start.isPending} error={start.error} onPassword={(currentPassword) => start.mutate({ currentPassword }, { onSuccess: setStarted })} />;
  return <Confirm started={started} onCodes={onCodes} onCancel={() => setStarted(undefined)} />;
}

interface ConfirmProps extends EnrolProps {
  started: StartTwoFactorResponse;
  onCancel: () => void;
}

function Confirm({ started, onCodes, onCancel }: ConfirmProps) {
  const { t } = useTranslation("settings");
  const [code, setCode] = useState("");
  const confirm = useChange(AccountService.method.confirmTwoFactor, "session");
  const { fields, rest } = fieldErrors(confirm.error, { code: "code" } as const);
  const send = (digits: string) => confirm.mutate({ code: digits }, { onSuccess: ({ codes }) => onCodes(codes), onError: () => setCode("") });
  return (
    <div className="grid gap-5 sm:grid-cols-[auto_minmax(0,1fr)]">
      <QrCode path={started.qrSvgPath} modules={started.qrModules} label={t("twoFactor.qr")} />
      <form
        className="grid max-w-md content-start gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          send(code);
        }}
      >
        <p className="text-sm text-muted-foreground">{t("twoFactor.scan")}</p>
        <div>
          <p className="text-sm font-medium">{t("twoFactor.secret")}</p>
          <div className="mt-1.5 flex items-center gap-2 rounded-md border bg-muted/50 py-1 pr-1 pl-3">
            <code className="min-w-0 flex-1 font-mono text-sm break-all select-all">{started.secret.replace(/(.{4})(?=.)/g, "$1 ")}</code>
            <CopyButton text={started.secret} label={t("twoFactor.copySecret")} />
          </div>
        </div>
        <FormField label={t("twoFactor.code")} hint={t("twoFactor.codeHint")} error={fields.code}>
          <InputOtp value={code} onChange={setCode} onComplete={send} disabled={confirm.isPending} autoFocus />
        </FormField>
        <FormError error={rest} refused={t("twoFactor.wrong")} />
        <div className="flex gap-2">
          <Button type="submit" disabled={code.length !== 6 || confirm.isPending}>
            {t("twoFactor.confirm")}
          </Button>
          <Button variant="ghost" onClick={onCancel}>
            {t("cancel")}
          </Button>
        </div>
      </form>
    </div>
  );
}
