import { CircleCheck, CircleX, FileUp, TriangleAlert } from "lucide-react";
import { type DragEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { Dialog, DialogContent, DialogDescription, DialogFooter, DialogHeader, DialogTitle } from "@/components/ui/dialog";
import { FormField } from "@/components/ui/form-field";
import { Input } from "@/components/ui/input";
import { toast } from "@/components/ui/toast";
import { UnifiedDiff } from "@/components/config-draft/unified-diff";
import { useConfigDraft } from "@/lib/config-draft";
import { useTextEditor } from "../data/use-text-editor";
import { unifiedOf } from "../lib/line-diff";
import { CodeArea } from "./code-area";

const MOST_BYTES = 8 * 1024 * 1024;

function Problems({ checked }: { checked: { problems: { path: string; message: string; severity: string; line?: number }[]; valid: boolean } }) {
  const { t } = useTranslation("config");
  return (
    <ul role="status" className="grid gap-1 text-sm">
      {checked.problems.length === 0 && (
        <li className="flex items-center gap-2 text-good">
          <CircleCheck aria-hidden className="size-4" />
          {t("yaml.sound")}
        </li>
      )}
      {checked.problems.map((problem) => {
        const Icon = problem.severity === "error" ? CircleX : TriangleAlert;
        return (
          <li key={`${problem.line}${problem.path}${problem.message}`} className={`flex items-start gap-2 ${problem.severity === "error" ? "text-bad" : "text-warn"}`}>
            <Icon aria-hidden className="mt-0.5 size-4 shrink-0" />
            <span className="min-w-0 break-words">
              {problem.line !== undefined && `${t("yaml.line", { line: problem.line })} `}
              <span className="font-mono text-xs">{problem.path}</span> {problem.message}
            </span>
          </li>
        );
      })}
    </ul>
  );
}

interface YamlEditorProps {
  start: string;
  before: string;
  onDone: () => void;
}

/** Edits or takes in a whole document: check, look at the difference, save. */
export function YamlEditor({ start, before, onDone }: YamlEditorProps) {
  const { t } = useTranslation("config");
  const { revision, reload, dirty, discard } = useConfigDraft();
  const { text, setText, checking, saving, checked, refused } = useTextEditor(start);
  const [reviewing, setReviewing] = useState(false);
  const [note, setNote] = useState("");
  const input = useRef<HTMLInputElement>(null);
  const faultLine = (refused?.problems ?? checked?.problems ?? []).find((problem) => problem.severity === "error" && problem.line)?.line;
  const take = async (file: File | undefined) => {
    if (!file) return;
    if (file.size > MOST_BYTES) return toast.error(t("yaml.tooLarge"));
    setText(await file.text());
  };
  const onDrop = (event: DragEvent) => {
    event.preventDefault();
    void take(event.dataTransfer.files[0]);
  };
  const look = async () => {
    const result = await checking.mutateAsync(text);
    if (result.valid) setReviewing(true);
  };
  const save = async () => {
    const answer = await saving.mutateAsync({ note: note.trim(), base: revision });
    setText("");
    discard();
    await reload();
    toast.success(t("yaml.saved", { revision: String(answer.revision?.number ?? 0n) }));
    onDone();
  };
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-3" onDragOver={(event) => event.preventDefault()} onDrop={onDrop}>
      {dirty && <p className="text-sm text-warn">{t("yaml.draftWarning")}</p>}
      <div className="flex flex-wrap items-center gap-2">
        <Button variant="outline" size="sm" onClick={() => input.current?.click()}>
          <FileUp aria-hidden />
          {t("yaml.choose")}
        </Button>
        <span className="text-xs text-muted-foreground">{t("yaml.drop")}</span>
        <input ref={input} type="file" accept=".yaml,.yml,.json,application/json,text/yaml" className="sr-only" tabIndex={-1} aria-label={t("yaml.choose")} onChange={(event) => void take(event.target.files?.[0])} />
      </div>
      <CodeArea aria-label={t("yaml.document")} value={text} rows={16} faultLine={faultLine} onChange={(event) => setText(event.target.value)} />
      {checked && <Problems checked={checked} />}
      <div className="flex flex-wrap justify-end gap-2">
        <Button variant="outline" onClick={onDone}>
          {t("cancel")}
        </Button>
        <Button disabled={text.trim() === "" || checking.isPending} aria-busy={checking.isPending} onClick={() => void look().catch(() => undefined)}>
          {t("yaml.check")}
        </Button>
      </div>
      {reviewing && (
        <Dialog open onOpenChange={(open) => !open && setReviewing(false)}>
          <DialogContent className="max-w-4xl">
            <DialogHeader>
              <DialogTitle>{t("yaml.reviewTitle")}</DialogTitle>
              <DialogDescription>{t("yaml.reviewAbout")}</DialogDescription>
            </DialogHeader>
            <UnifiedDiff text={unifiedOf(before, text)} label={t("yaml.reviewTitle")} />
            {refused && <p className="text-sm break-words whitespace-pre-line text-bad">{refused.code === "aborted" ? t("yaml.conflict") : refused.message}</p>}
            <FormField label={t("review.note")} hint={t("review.noteHint")}>
              <Input value={note} maxLength={500} autoComplete="off" onChange={(event) => setNote(event.target.value)} />
            </FormField>
            <DialogFooter>
              <Button variant="outline" onClick={() => setReviewing(false)}>
                {t("review.back")}
              </Button>
              <Button disabled={saving.isPending} aria-busy={saving.isPending} onClick={() => void save().catch(() => undefined)}>
                {t("bar.save")}
              </Button>
            </DialogFooter>
          </DialogContent>
        </Dialog>
      )}
    </div>
  );
}
