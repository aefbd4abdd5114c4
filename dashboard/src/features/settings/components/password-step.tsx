import { type FormEvent, type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { FormField } from "@/components/ui/form-field";
import { Input } from "@/components/ui/input";
import { fieldErrors } from "../lib/field-errors";
import { FormError } from "./form-error";

interface PasswordStepProps {
  action: string;
  pending: boolean;
  error: unknown;
  onPassword: (password: string) => void;
  destructive?: boolean;
  /** Asked for as well. */
  children?: ReactNode;
}

/** The current password, before something that a thief of the session could do harm with. */
export function PasswordStep({ action, pending, error, onPassword, destructive = false, children }: PasswordStepProps) {
  const { t } = useTranslation("settings");
  const [password, setPassword] = useState("");
  const { fields, rest } = fieldErrors(error, { current_password: "password" } as const);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onPassword(password);
    setPassword("");
  };
  return (
    <form onSubmit={submit} className="grid max-w-md gap-4">
      <FormField label={t("password.current")} error={fields.password}>
        <Input type="password" autoComplete="current-password" value={password} onChange={(event) => setPassword(event.target.value)} />
      </FormField>
      {children}
      <FormError error={rest} refused={t(children ? "password.orCodeWrong" : "password.wrong")} />
      <Button type="submit" className="w-fit" variant={destructive ? "destructive" : "default"} disabled={password === "" || pending}>
        {action}
      </Button>
    </form>
  );
}
