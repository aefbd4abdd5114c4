import { useState } from "react";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { CopyButton } from "@/components/copy-button";
import { Alert, AlertDescription } from "@/components/ui/alert";
import { Button } from "@/components/ui/button";
import { Dialog, DialogContent, DialogDescription, DialogFooter, DialogHeader, DialogTitle } from "@/components/ui/dialog";
import { FormField } from "@/components/ui/form-field";
import { Input } from "@/components/ui/input";
import { Tabs, TabsContent, TabsList, TabsTrigger } from "@/components/ui/tabs";
import type { GatewayKey } from "@/lib/config-draft";
import { makeGatewayKey } from "../lib/gateway-key";

interface GatewayKeyDialogProps {
  taken: readonly string[];
  onAdd: (key: GatewayKey) => void;
  onClose: () => void;
}

interface Entered {
  name: string;
  own: string;
}

/** A new key: made here and shown this once, or one of one's own. */
export function GatewayKeyDialog({ taken, onAdd, onClose }: GatewayKeyDialogProps) {
  const { t } = useTranslation("config");
  const [made] = useState(() => makeGatewayKey());
  const [kind, setKind] = useState("made");
  const form = useForm<Entered>({ defaultValues: { name: "", own: "" } });
  const { errors } = form.formState;
  const submit = form.handleSubmit(({ name, own }) => {
    onAdd({ name: name.trim(), key: kind === "made" ? made : own });
    onClose();
  });
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()}>
      <DialogContent>
        <DialogHeader>
          <DialogTitle>{t("keys.add")}</DialogTitle>
          <DialogDescription>{t("keys.addAbout")}</DialogDescription>
        </DialogHeader>
        <form className="grid gap-4" onSubmit={(event) => void submit(event)}>
          <FormField label={t("fields.gateway.keys.name.label")} hint={t("fields.gateway.keys.name.hint")} error={errors.name?.message} required>
            <Input
              autoComplete="off"
              {...form.register("name", {
                validate: (name) => (name.trim() === "" ? t("keys.nameMissing") : taken.includes(name.trim()) ? t("keys.nameTaken") : new TextEncoder().encode(name).length > 128 ? t("keys.nameLong") : true),
              })}
            />
          </FormField>
          <Tabs value={kind} onValueChange={setKind}>
            <TabsList aria-label={t("keys.kind")}>
              <TabsTrigger value="made">{t("keys.made")}</TabsTrigger>
              <TabsTrigger value="own">{t("keys.own")}</TabsTrigger>
            </TabsList>
            <TabsContent value="made" className="grid gap-3">
              <div className="flex items-center gap-2 rounded-md border bg-muted px-3 py-2">
                <code className="min-w-0 flex-1 font-mono text-xs break-all">{made}</code>
                <CopyButton text={made} label={t("keys.copy")} />
              </div>
              <Alert variant="warn">
                <AlertDescription>{t("keys.once")}</AlertDescription>
              </Alert>
            </TabsContent>
            <TabsContent value="own">
              <FormField label={t("keys.ownKey")} hint={t("keys.ownAbout")} error={errors.own?.message}>
                <Input className="font-mono" autoComplete="off" spellCheck={false} {...form.register("own", { validate: (own) => (kind === "own" && own.trim().length < 8 ? t("keys.short") : true) })} />
              </FormField>
            </TabsContent>
          </Tabs>
          <DialogFooter>
            <Button variant="outline" onClick={onClose}>
              {t("cancel")}
            </Button>
            <Button type="submit">{t("keys.addAction")}</Button>
          </DialogFooter>
        </form>
      </DialogContent>
    </Dialog>
  );
}
