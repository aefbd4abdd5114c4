import { useState } from "react";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { Dialog, DialogContent, DialogDescription, DialogFooter, DialogHeader, DialogTitle } from "@/components/ui/dialog";
import { FormField } from "@/components/ui/form-field";
import { Input } from "@/components/ui/input";
import { AccountRole, UserService } from "@/gen/smartroute/v1/admin_pb";
import { useChange } from "../data/queries";
import { fieldErrors } from "../lib/field-errors";
import { isNameTaken } from "../lib/name-taken";
import { generatePassword } from "../lib/password";
import { FormError } from "./form-error";
import { RolePicker } from "./role-picker";
import { ShownOnce } from "./shown-once";

interface Created {
  name: string;
  password: string;
}

export function CreateUserDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("settings");
  const [created, setCreated] = useState<Created>();
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()}>
      <DialogContent>
        <DialogHeader>
          <DialogTitle>{created ? t("users.created", { name: created.name }) : t("users.create")}</DialogTitle>
          <DialogDescription>{created ? t("users.newPassword") : t("users.createHint")}</DialogDescription>
        </DialogHeader>
        {created ? (
          <>
            <ShownOnce label={t("users.passwordOf", { name: created.name })} text={created.password} />
            <DialogFooter>
              <Button onClick={onClose}>{t("done")}</Button>
            </DialogFooter>
          </>
        ) : (
          <CreateUserForm onCreated={setCreated} onCancel={onClose} />
        )}
      </DialogContent>
    </Dialog>
  );
}

function CreateUserForm({ onCreated, onCancel }: { onCreated: (created: Created) => void; onCancel: () => void }) {
  const { t } = useTranslation("settings");
  const [role, setRole] = useState(AccountRole.VIEWER);
  const form = useForm({ defaultValues: { name: "" } });
  const create = useChange(UserService.method.createUser, "users");
  const { fields, rest } = fieldErrors(create.error, { name: "name" } as const);
  const submit = form.handleSubmit((values) => {
    const name = values.name.trim();
    const password = generatePassword();
    create.mutate({ name, password, role }, { onSuccess: () => onCreated({ name, password }) });
  });
  return (
    <form onSubmit={(event) => void submit(event)} className="grid gap-4" noValidate>
      <FormField label={t("users.name")} error={form.formState.errors.name?.message ?? (isNameTaken(create.error) ? t("name.taken") : fields.name)}>
        <Input autoComplete="off" spellCheck={false} {...form.register("name", { validate: (name) => name.trim() !== "" || t("required") })} />
      </FormField>
      <RolePicker role={role} onChange={setRole} />
      <FormError error={isNameTaken(create.error) ? undefined : rest} />
      <DialogFooter>
        <Button variant="outline" onClick={onCancel}>
          {t("cancel")}
        </Button>
        <Button type="submit" disabled={create.isPending}>
          {t("users.create")}
        </Button>
      </DialogFooter>
    </form>
  );
}
