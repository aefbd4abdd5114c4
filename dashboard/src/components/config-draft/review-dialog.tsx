import { Save } from "lucide-react";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Alert, AlertDescription } from "@/components/ui/alert";
import { Button } from "@/components/ui/button";
import { Dialog, DialogContent, DialogDescription, DialogFooter, DialogHeader, DialogTitle } from "@/components/ui/dialog";
import { FormField } from "@/components/ui/form-field";
import { Input } from "@/components/ui/input";
import { getIn, setIn, useConfigDraft } from "@/lib/config-draft";
import { ChangeList } from "./change-list";

interface ReviewDialogProps {
  saving: boolean;
  failure: string;
  onSave: (note: string) => void;
  onClose: () => void;
}

const MOST_NOTE = 500;

/** All changes at a glance, one last time before they are saved. */
export function ReviewDialog({ saving, failure, onSave, onClose }: ReviewDialogProps) {
  const { t } = useTranslation("config");
  const { changes, saved, update, problems } = useConfigDraft();
  const [note, setNote] = useState("");
  const noteField = useRef<HTMLInputElement>(null);
  const errors = problems.filter((problem) => problem.severity === "error").length;
  const revert = (index: number) => {
    const steps = changes[index]?.steps;
    if (!steps) return;
    update((doc) => setIn(doc, steps, getIn(saved, steps)));
    if (changes.length === 1) onClose();
  };
  return (
    <Dialog open onOpenChange={(open) => !open && !saving && onClose()}>
      <DialogContent
        className="max-w-2xl"
        onOpenAutoFocus={(event) => {
          // Not on the first Undo: whoever types a note, or presses Enter to save, would lose a change.
          event.preventDefault();
          noteField.current?.focus({ preventScroll: true });
        }}
      >
        <DialogHeader>
          <DialogTitle>{t("review.title", { count: changes.length })}</DialogTitle>
          <DialogDescription>{t("review.about")}</DialogDescription>
        </DialogHeader>
        <ChangeList changes={changes} label={t("review.list")} onRevert={saving ? undefined : revert} />
        <form
          className="grid gap-4"
          onSubmit={(event) => {
            event.preventDefault();
            onSave(note.trim());
          }}
        >
          <FormField label={t("review.note")} hint={t("review.noteHint")}>
            <Input ref={noteField} value={note} maxLength={MOST_NOTE} autoComplete="off" placeholder={t("review.notePlaceholder")} onChange={(event) => setNote(event.target.value)} />
          </FormField>
          {failure !== "" && (
            <Alert variant="destructive">
              <AlertDescription className="whitespace-pre-line">{failure}</AlertDescription>
            </Alert>
          )}
          <DialogFooter>
            <Button variant="outline" disabled={saving} onClick={onClose}>
              {t("review.back")}
            </Button>
            <Button type="submit" disabled={saving || errors > 0 || changes.length === 0} aria-busy={saving}>
              <Save aria-hidden />
              {t(saving ? "review.saving" : "bar.save")}
            </Button>
          </DialogFooter>
        </form>
      </DialogContent>
    </Dialog>
  );
}
