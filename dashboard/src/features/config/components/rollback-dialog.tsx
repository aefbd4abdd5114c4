import { RotateCcw } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Alert, AlertDescription } from "@/components/ui/alert";
import { Button } from "@/components/ui/button";
import { Dialog, DialogContent, DialogDescription, DialogFooter, DialogHeader, DialogTitle } from "@/components/ui/dialog";
import { FormField } from "@/components/ui/form-field";
import { Input } from "@/components/ui/input";
import { toast } from "@/components/ui/toast";
import { useConfigDraft } from "@/lib/config-draft";
import { useRollback } from "../data/queries";
import { usePlace } from "../data/use-config";

/** Makes a new revision with the content of an old one. */
export function RollbackDialog({ to, onClose }: { to: bigint; onClose: () => void }) {
  const { t } = useTranslation("config");
  const { newest, dirty, reload } = useConfigDraft();
  const { show } = usePlace();
  const rollback = useRollback();
  const [note, setNote] = useState("");
  const submit = async () => {
    const answer = await rollback.mutateAsync({ revision: to, base: newest, note: note.trim() });
    await reload();
    onClose();
    show("history");
    toast.success(t("history.rolledBack", { to: String(to), number: String(answer.revision?.number ?? 0n) }));
  };
  return (
    <Dialog open onOpenChange={(open) => !open && !rollback.isPending && onClose()}>
      <DialogContent>
        <DialogHeader>
          <DialogTitle>{t("history.rollback", { number: String(to) })}</DialogTitle>
          <DialogDescription>{t("history.rollbackAbout", { number: String(to) })}</DialogDescription>
        </DialogHeader>
        <form
          className="grid gap-4"
          onSubmit={(event) => {
            event.preventDefault();
            submit().catch(() => undefined);
          }}
        >
          {dirty && (
            <Alert variant="warn">
              <AlertDescription>{t("history.rollbackDraft")}</AlertDescription>
            </Alert>
          )}
          <FormField label={t("review.note")} hint={t("review.noteHint")}>
            <Input value={note} maxLength={500} autoComplete="off" onChange={(event) => setNote(event.target.value)} />
          </FormField>
          <DialogFooter>
            <Button variant="outline" disabled={rollback.isPending} onClick={onClose}>
              {t("cancel")}
            </Button>
            <Button type="submit" disabled={rollback.isPending} aria-busy={rollback.isPending}>
              <RotateCcw aria-hidden />
              {t("history.rollbackAction")}
            </Button>
          </DialogFooter>
        </form>
      </DialogContent>
    </Dialog>
  );
}
