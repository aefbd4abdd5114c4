import { useState } from "react";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { Dialog, DialogContent, DialogDescription, DialogFooter, DialogHeader, DialogTitle } from "@/components/ui/dialog";
import { FormField } from "@/components/ui/form-field";
import { Input } from "@/components/ui/input";
import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from "@/components/ui/select";
import { AccountRole, ApiTokenService } from "@/gen/smartroute/v1/admin_pb";
import { useChange } from "../data/queries";
import { fieldErrors } from "../lib/field-errors";
import { type ExpiryChoice, expiresAt, expiryChoices } from "../lib/token-expiry";
import { FormError } from "./form-error";
import { NewToken } from "./new-token";
import { RolePicker } from "./role-picker";

interface Created {
  name: string;
  secret: string;
}

export function CreateTokenDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("settings");
  const [created, setCreated] = useState<Created>();
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()}>
      <DialogContent>
        <DialogHeader>
          <DialogTitle>{created ? t("tokens.createdTitle", { name: created.name }) : t("tokens.create")}</DialogTitle>
          <DialogDescription>{created ? t("tokens.createdHint") : t("tokens.createHint")}</DialogDescription>
        </DialogHeader>
        {created ? <NewToken secret={created.secret} onDone={onClose} /> : <CreateTokenForm onCreated={setCreated} onCancel={onClose} />}
      </DialogContent>
    </Dialog>
  );
}

function CreateTokenForm({ onCreated, onCancel }: { onCreated: (created: Created) => void; onCancel: () => void }) {
  const { t } = useTranslation("settings");
  const [role, setRole] = useState(AccountRole.VIEWER);
  const [choice, setChoice] = useState<ExpiryChoice>("90d");
  const form = useForm({ defaultValues: { name: "", date: "" } });
  const create = useChange(ApiTokenService.method.createApiToken, "tokens");
  const { fields, rest } = fieldErrors(create.error, { name: "name", expires_at_ms: "expires" } as const);
  const { errors } = form.formState;
  const submit = form.handleSubmit(({ name, date }) => {
    // oxlint-disable-next-line react/purity -- when the form is sent, not while it is drawn
    const expiresAtMs = expiresAt(choice, date, Date.now());
    if (expiresAtMs === undefined) return form.setError("date", { message: t("tokens.badDate") });
    create.mutate({ name: name.trim(), role, expiresAtMs }, { onSuccess: ({ secret }) => onCreated({ name: name.trim(), secret }) });
  });
  return (
    <form onSubmit={(event) => void submit(event)} className="grid gap-4" noValidate>
      <FormField label={t("tokens.name")} hint={t("tokens.nameHint")} error={errors.name?.message ?? fields.name}>
        <Input autoComplete="off" spellCheck={false} {...form.register("name", { validate: (name) => name.trim() !== "" || t("required") })} />
      </FormField>
      <RolePicker role={role} onChange={setRole} />
      <FormField label={t("tokens.expires")} error={fields.expires}>
        {(wires) => (
          <Select value={choice} onValueChange={(value) => setChoice(expiryChoices.find((one) => one === value) ?? "90d")}>
            <SelectTrigger {...wires} className="w-full">
              <SelectValue />
            </SelectTrigger>
            <SelectContent>
              {expiryChoices.map((one) => (
                <SelectItem key={one} value={one}>
                  {t(`tokens.expiry.${one}`)}
                </SelectItem>
              ))}
            </SelectContent>
          </Select>
        )}
      </FormField>
      {choice === "date" && (
        <FormField label={t("tokens.lastDay")} error={errors.date?.message}>
          <Input type="date" {...form.register("date")} />
        </FormField>
      )}
      <FormError error={rest} />
      <DialogFooter>
        <Button variant="outline" onClick={onCancel}>
          {t("cancel")}
        </Button>
        <Button type="submit" disabled={create.isPending}>
          {t("tokens.create")}
        </Button>
      </DialogFooter>
    </form>
  );
}
