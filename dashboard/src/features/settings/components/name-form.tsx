import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { FormField } from "@/components/ui/form-field";
import { Input } from "@/components/ui/input";
import { toast } from "@/components/ui/toast";
import { AccountService } from "@/gen/smartroute/v1/admin_pb";
import { useSession } from "@/hooks/use-session";
import { useChange } from "../data/queries";
import { fieldErrors } from "../lib/field-errors";
import { isNameTaken } from "../lib/name-taken";
import { FormError } from "./form-error";
import { SectionCard } from "./section-card";

export function NameForm() {
  const { t } = useTranslation("settings");
  const { user } = useSession();
  const form = useForm({ defaultValues: { name: user.name, current: "" } });
  const change = useChange(AccountService.method.changeName, "session");
  const { fields, rest } = fieldErrors(change.error, { name: "name", current_password: "current" } as const);
  const { errors } = form.formState;
  const submit = form.handleSubmit(({ name, current }) =>
    change.mutate(
      { name: name.trim(), currentPassword: current },
      {
        onSuccess: () => {
          form.reset({ name: name.trim(), current: "" });
          toast.success(t("name.changed"));
        },
      },
    ),
  );
  return (
    <SectionCard title={t("name.title")} description={t("name.description")}>
      <form onSubmit={(event) => void submit(event)} className="grid max-w-md gap-4" noValidate>
        <FormField label={t("name.label")} error={errors.name?.message ?? (isNameTaken(change.error) ? t("name.taken") : fields.name)}>
          <Input autoComplete="username" spellCheck={false} {...form.register("name", { validate: (name) => name.trim() !== "" || t("required") })} />
        </FormField>
        <FormField label={t("password.current")} error={errors.current?.message ?? fields.current}>
          <Input type="password" autoComplete="current-password" {...form.register("current", { required: t("required") })} />
        </FormField>
        <FormError error={isNameTaken(change.error) ? undefined : rest} refused={t("password.wrong")} />
        <Button type="submit" className="w-fit" disabled={change.isPending}>
          {t("name.change")}
        </Button>
      </form>
    </SectionCard>
  );
}
