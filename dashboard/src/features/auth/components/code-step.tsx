import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { FormField } from "@/components/ui/form-field";
import { Input } from "@/components/ui/input";
import { InputOtp } from "@/components/ui/input-otp";
import { SubmitButton } from "./submit-button";

type CodeStepProps = { pending: boolean; blockedUntil: number; failedAt: number; onSubmit: (code: string) => void; onBack: () => void };

/** The second factor: six digits of the app, or a recovery code. */
export function CodeStep({ pending, blockedUntil, failedAt, onSubmit, onBack }: CodeStepProps) {
  const { t } = useTranslation("auth");
  const [recovery, setRecovery] = useState(false);
  const [code, setCode] = useState("");
  const [seenFailure, setSeenFailure] = useState(failedAt);
  if (failedAt !== seenFailure) {
    setSeenFailure(failedAt);
    // A recovery code may hold one wrong letter; of six digits nothing is worth keeping.
    if (failedAt > 0 && !recovery) setCode("");
  }
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (code.trim()) onSubmit(code.trim());
  };
  return (
    <form className="grid gap-4" onSubmit={submit}>
      {recovery ? (
        <FormField key="recovery" label={t("code.recoveryLabel")} hint={t("code.recoveryHint")}>
          <Input value={code} onChange={(event) => setCode(event.target.value)} autoComplete="off" autoCapitalize="none" spellCheck={false} autoFocus className="font-mono" />
        </FormField>
      ) : (
        <FormField key="totp" label={t("code.label")}>
          <InputOtp value={code} onChange={setCode} onComplete={pending ? undefined : onSubmit} autoFocus />
        </FormField>
      )}
      <SubmitButton pending={pending} blockedUntil={blockedUntil}>
        {t("code.action")}
      </SubmitButton>
      <div className="flex justify-between gap-3">
        <Button variant="link" size="sm" onClick={onBack}>
          {t("code.back")}
        </Button>
        <Button
          variant="link"
          size="sm"
          onClick={() => {
            setRecovery(!recovery);
            setCode("");
          }}
        >
          {recovery ? t("code.useApp") : t("code.useRecovery")}
        </Button>
      </div>
    </form>
  );
}
