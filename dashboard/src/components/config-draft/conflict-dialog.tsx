import { GitMerge } from "lucide-react";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { RelativeTime } from "@/components/relative-time";
import { Button } from "@/components/ui/button";
import { Dialog, DialogContent, DialogDescription, DialogFooter, DialogHeader, DialogTitle } from "@/components/ui/dialog";
import { Label } from "@/components/ui/label";
import { RadioGroup, RadioGroupItem } from "@/components/ui/radio-group";
import { type Collision, draftStore, type Side, useConfigDraft } from "@/lib/config-draft";
import { ChangeList } from "./change-list";

const SIDES: readonly Side[] = ["mine", "theirs"];

function Choice({ collision, value, onChange }: { collision: Collision; value: Side; onChange: (side: Side) => void }) {
  const { t } = useTranslation("config");
  const id = useId();
  return (
    <fieldset className="grid gap-2 rounded-lg border p-3">
      <legend className="px-1 font-mono text-xs font-medium break-all">{collision.path}</legend>
      <RadioGroup value={value} onValueChange={(side) => onChange(side === "theirs" ? "theirs" : "mine")} className="grid gap-2 sm:grid-cols-2" aria-label={collision.path}>
        {SIDES.map((side) => (
          <Label key={side} htmlFor={`${id}-${side}`} className={`flex items-start gap-2 rounded-md border p-2 font-normal ${value === side ? "border-primary bg-accent/60" : ""}`}>
            <RadioGroupItem id={`${id}-${side}`} value={side} className="mt-0.5" />
            <span className="grid min-w-0 gap-1">
              <span className="text-xs font-medium">{t(`conflict.${side}`)}</span>
              <span className="max-h-40 overflow-y-auto font-mono text-xs break-words whitespace-pre-wrap">{collision[side] ?? t("conflict.nothing")}</span>
            </span>
          </Label>
        ))}
      </RadioGroup>
    </fieldset>
  );
}

/** Somebody saved first: what they changed, what is to become of both. */
export function ConflictDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("config");
  const { rebase, discard, newest, changes } = useConfigDraft();
  const [choices, setChoices] = useState<Record<string, Side>>({});
  const { collisions } = draftStore.preview({});
  const theirs = draftStore.theirs();
  const name = theirs.by?.author ?? "";
  const merge = () => {
    rebase(choices);
    onClose();
  };
  const drop = () => {
    discard();
    onClose();
  };
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()}>
      <DialogContent className="max-w-2xl">
        <DialogHeader>
          <DialogTitle>{t("conflict.title", { name })}</DialogTitle>
          <DialogDescription>
            {t("conflict.about", { revision: String(newest) })} {theirs.by && <RelativeTime ms={theirs.by.createdAtMs} />}
            {theirs.by?.note && `: ${theirs.by.note}`}
          </DialogDescription>
        </DialogHeader>
        <section className="grid gap-2">
          <h3 className="text-sm font-semibold">{t("conflict.theirChanges", { count: theirs.changes.length })}</h3>
          <ChangeList changes={theirs.changes} label={t("conflict.theirChanges", { count: theirs.changes.length })} />
        </section>
        <section className="grid gap-2">
          <h3 className="text-sm font-semibold">{t("conflict.myChanges", { count: changes.length })}</h3>
          {collisions.length === 0 ? <p className="text-sm text-good">{t("conflict.fits")}</p> : <p className="text-sm text-warn">{t("conflict.collides", { count: collisions.length })}</p>}
          {collisions.map((collision) => (
            <Choice key={collision.path} collision={collision} value={choices[collision.path] ?? "mine"} onChange={(side) => setChoices({ ...choices, [collision.path]: side })} />
          ))}
        </section>
        <DialogFooter>
          <Button variant="outline" onClick={drop}>
            {t("conflict.discard")}
          </Button>
          <Button onClick={merge}>
            <GitMerge aria-hidden />
            {t("conflict.merge")}
          </Button>
        </DialogFooter>
      </DialogContent>
    </Dialog>
  );
}
