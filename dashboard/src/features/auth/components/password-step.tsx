import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { FormField } from "@/components/ui/form-field";
import { Input } from "@/components/ui/input";
import { PasswordInput } from "./password-input";
import { SubmitButton } from "./submit-button";

type Given = { name: string; password: string };
type PasswordStepProps = { pending: boolean; blockedUntil: number; onSubmit: (given: Given) => void };

export function PasswordStep({ pending, blockedUntil, onSubmit }: PasswordStepProps) {
  const { t } = useTranslation("auth");
  const { register, handleSubmit, formState } = useForm<Given>({ defaultValues: { name: "", password: "" } });
  const { errors } = formState;
  return (
    <form className="grid gap-4" noValidate onSubmit={(event) => void handleSubmit(onSubmit)(event)}>
      <FormField label={t("name")} error={errors.name?.message}>
        <Input {...register("name", { required: t("nameMissing") })} autoComplete="username" autoCapitalize="none" spellCheck={false} autoFocus />
      </FormField>
      <FormField label={t("password")} error={errors.password?.message}>
        <PasswordInput {...register("password", { required: t("passwordMissing") })} autoComplete="current-password" />
      </FormField>
      <SubmitButton pending={pending} blockedUntil={blockedUntil}>
        {t("signIn.action")}
      </SubmitButton>
    </form>
  );
}
