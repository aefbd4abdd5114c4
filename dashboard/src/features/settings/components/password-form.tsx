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
import { passwordProblem } from "../lib/password";
import { FormError } from "./form-error";
import { SectionCard } from "./section-card";

const empty = { current: "", next: "", again: "" };

export function PasswordForm() {
  const { t } = useTranslation("settings");
  const { user } = useSession();
  const form = useForm({ defaultValues: empty });
  const change = useChange(AccountService.method.changePassword, "sessions");
  const { fields, rest } = fieldErrors(change.error, { current_password: "current", new_password: "next" } as const);
  const { errors } = form.formState;
  const submit = form.handleSubmit(({ current, next }) =>
    change.mutate(
      { currentPassword: current, newPassword: next },
      {
        onSuccess: () => {
          form.reset(empty);
          toast.success(t("password.changed"));
        },
      },
    ),
  );
  const checkNext = (next: string) => {
    const problem = passwordProblem(next);
    return problem ? t(`password.${problem}`) : true;
  };
  return (
    <SectionCard title={t("password.title")} description={t("password.description")}>
      <form onSubmit={(event) => void submit(event)} className="grid max-w-md gap-4" noValidate>
        {/* For password managers: whose password it is. */}
        <input type="text" name="username" autoComplete="username" value={user.name} readOnly hidden />
        <FormField label={t("password.current")} error={errors.current?.message ?? fields.current}>
          <Input type="password" autoComplete="current-password" {...form.register("current", { required: t("required") })} />
        </FormField>
        <FormField label={t("password.next")} hint={t("password.hint")} error={errors.next?.message ?? fields.next}>
          <Input type="password" autoComplete="new-password" {...form.register("next", { validate: checkNext })} />
        </FormField>
        <FormField label={t("password.again")} error={errors.again?.message}>
          <Input type="password" autoComplete="new-password" {...form.register("again", { validate: (again, all) => again === all.next || t("password.differs") })} />
        </FormField>
        <FormError error={rest} refused={t("password.wrong")} />
        <Button type="submit" className="w-fit" disabled={change.isPending}>
          {t("password.change")}
        </Button>
      </form>
    </SectionCard>
  );
}
