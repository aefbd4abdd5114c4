import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ConfirmDialog } from "@/components/confirm-dialog";
import { Button } from "@/components/ui/button";
import { Dialog, DialogContent, DialogDescription, DialogFooter, DialogHeader, DialogTitle } from "@/components/ui/dialog";
import { toast } from "@/components/ui/toast";
import { AccountRole, UserService } from "@/gen/smartroute/v1/admin_pb";
import { useChange } from "../data/queries";
import { generatePassword } from "../lib/password";
import { FormError } from "./form-error";
import { ShownOnce } from "./shown-once";
import type { Asked } from "./users-section";

interface UserActionDialogProps {
  asked: Asked;
  onClose: () => void;
}

/** Asks before an account is changed, does it, and shows a new password once. */
export function UserActionDialog({ asked: { user, action }, onClose }: UserActionDialogProps) {
  const { t } = useTranslation("settings");
  const [password, setPassword] = useState<string>();
  const update = useChange(UserService.method.updateUser, "users");
  const remove = useChange(UserService.method.deleteUser, "users");
  const { name, id } = user;
  const done = () => {
    toast.success(t(`users.did.${action}`, { name }));
    onClose();
  };
  const confirm = () => {
    if (action === "delete") return remove.mutate({ id }, { onSuccess: done });
    if (action === "removeTwoFactor") return update.mutate({ id, removeTwoFactor: true }, { onSuccess: done });
    if (action === "resetPassword") {
      const next = generatePassword();
      return update.mutate({ id, newPassword: next }, { onSuccess: () => setPassword(next) });
    }
    update.mutate({ id, role: action === "makeAdmin" ? AccountRole.ADMIN : AccountRole.VIEWER }, { onSuccess: done });
  };
  if (password !== undefined)
    return (
      <Dialog open onOpenChange={(open) => !open && onClose()}>
        <DialogContent>
          <DialogHeader>
            <DialogTitle>{t("users.did.resetPassword", { name })}</DialogTitle>
            <DialogDescription>{t("users.newPassword")}</DialogDescription>
          </DialogHeader>
          <ShownOnce label={t("users.passwordOf", { name })} text={password} />
          <DialogFooter>
            <Button onClick={onClose}>{t("done")}</Button>
          </DialogFooter>
        </DialogContent>
      </Dialog>
    );
  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t(`users.ask.${action}`, { name })}
      description={
        <div className="grid gap-3">
          <p>{t(`users.askHint.${action}`)}</p>
          <FormError error={update.error ?? remove.error} />
        </div>
      }
      action={t(`users.do.${action}`)}
      destructive={action !== "makeAdmin" && action !== "makeViewer"}
      pending={update.isPending || remove.isPending}
      onConfirm={confirm}
    />
  );
}
