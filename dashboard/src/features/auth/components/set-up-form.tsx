import { useForm, useWatch } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { FormField } from "@/components/ui/form-field";
import { Input } from "@/components/ui/input";
import { minPasswordLength, strengthOf } from "../lib/password-strength";
import { PasswordInput } from "./password-input";
import { StrengthHint } from "./strength-hint";
import { SubmitButton } from "./submit-button";

type Given = { name: string; password: string };
type SetUpFormProps = { pending: boolean; onSubmit: (given: Given) => void };

export function SetUpForm({ pending, onSubmit }: SetUpFormProps) {
  const { t } = useTranslation("auth");
  const { register, handleSubmit, formState, control } = useForm<Given>({ defaultValues: { name: "", password: "" } });
  const [name, password] = useWatch({ control, name: ["name", "password"] });
  const { errors } = formState;
  return (
    <form className="grid gap-4" noValidate onSubmit={(event) => void handleSubmit(onSubmit)(event)}>
      <FormField label={t("name")} hint={t("setUp.nameHint")} error={errors.name?.message}>
        <Input {...register("name", { required: t("nameMissing") })} autoComplete="username" autoCapitalize="none" spellCheck={false} autoFocus />
      </FormField>
      <FormField
        label={t("password")}
        hint={<StrengthHint strength={password ? strengthOf(password, name) : undefined} />}
        error={errors.password?.message}
      >
        <PasswordInput
          {...register("password", {
            validate: (value) => Array.from(value).length >= minPasswordLength || t("setUp.tooShort", { count: minPasswordLength }),
          })}
          autoComplete="new-password"
        />
      </FormField>
      <SubmitButton pending={pending}>{t("setUp.action")}</SubmitButton>
    </form>
  );
}
