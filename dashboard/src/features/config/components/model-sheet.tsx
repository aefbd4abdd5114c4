import { ArrowDown, ArrowUp, Trash2, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { Sheet, SheetContent, SheetDescription, SheetHeader, SheetTitle } from "@/components/ui/sheet";
import { setIn, useConfigDraft } from "@/lib/config-draft";
import { useField } from "../data/use-config";
import { PRICES } from "../lib/fields";
import { ConfigField } from "./config-field";
import { FieldFrame, ProblemTexts } from "./field-frame";
import { ModelPicker } from "./model-picker";
import { SectionHeading } from "./section-card";
import { TimeoutsFields } from "./timeouts-fields";

function Fallbacks({ index }: { index: number }) {
  const { t } = useTranslation("config");
  const field = useField<string[]>(["models", index, "fallbacks"]);
  const id = useField<string>(["models", index, "id"]).value ?? "";
  const list = field.value ?? [];
  const set = (next: string[]) => field.set(next.length === 0 ? undefined : next);
  const swap = (at: number, with_: number) => set(list.map((name, i) => (i === at ? (list[with_] ?? name) : i === with_ ? (list[at] ?? name) : name)));
  return (
    <FieldFrame field={field} label={t("fields.models.fallbacks.label")} hint={t("fields.models.fallbacks.hint")}>
      {(wires) => (
        <div {...wires} role="group" aria-label={t("fields.models.fallbacks.label")} className="grid gap-1.5">
          {list.map((name, i) => (
            <div key={name} className="flex items-center gap-1 rounded-md border px-2 py-1">
              <span className="min-w-0 flex-1 truncate font-mono text-[0.8125rem]">{name}</span>
              <Button variant="ghost" size="icon" className="size-7" disabled={!field.editable || i === 0} aria-label={t("moveUp", { name })} onClick={() => swap(i, i - 1)}>
                <ArrowUp aria-hidden />
              </Button>
              <Button variant="ghost" size="icon" className="size-7" disabled={!field.editable || i === list.length - 1} aria-label={t("moveDown", { name })} onClick={() => swap(i, i + 1)}>
                <ArrowDown aria-hidden />
              </Button>
              <Button variant="ghost" size="icon" className="size-7" disabled={!field.editable} aria-label={t("removeEntry", { name })} onClick={() => set(list.filter((_, at) => at !== i))}>
                <X aria-hidden />
              </Button>
            </div>
          ))}
          <ModelPicker label={t("models.addFallback")} without={[...list, id]} onPick={(name) => set([...list, name])} disabled={!field.editable} />
        </div>
      )}
    </FieldFrame>
  );
}

/** What is known of one model. */
export function ModelSheet({ index, onClose }: { index: number; onClose: () => void }) {
  const { t } = useTranslation("config");
  const { draft, update } = useConfigDraft();
  const field = useField<object>(["models", index]);
  const id = draft.models?.[index]?.id ?? "";
  const idProblems = field.problems.filter((problem) => problem.path === `${field.at}.id`);
  const remove = () => {
    const rest = (draft.models ?? []).filter((_, i) => i !== index);
    onClose();
    update((doc) => setIn(doc, ["models"], rest.length === 0 ? undefined : rest));
  };
  return (
    <Sheet open onOpenChange={(open) => !open && onClose()}>
      <SheetContent>
        <SheetHeader className="border-b">
          <SheetTitle className="font-mono break-all">{id}</SheetTitle>
          <SheetDescription>{t("models.sheet")}</SheetDescription>
          {idProblems.length > 0 && (
            <p role="alert" className="text-xs font-medium text-bad">
              <ProblemTexts problems={idProblems} />
            </p>
          )}
        </SheetHeader>
        <div data-config-sheet className="grid flex-1 content-start gap-5 overflow-y-auto p-4">
          <ConfigField path={["models", index, "multimodal"]} />
          <div className="grid grid-cols-2 items-start gap-x-4 gap-y-5">
            {(["context_window", "weight", "max_attempts"] as const).map((name) => (
              <ConfigField key={name} path={["models", index, name]} />
            ))}
          </div>
          <Fallbacks index={index} />
          <SectionHeading title={t("models.price")} description={t("models.priceAbout")} />
          <div className="grid grid-cols-2 items-start gap-x-4 gap-y-5">
            {PRICES.map((name) => (
              <ConfigField key={name} path={["models", index, "price", name]} placeholder={t("models.builtIn")} />
            ))}
          </div>
          <SectionHeading title={t("models.timeouts")} description={t("models.timeoutsAbout")} />
          <TimeoutsFields path={["models", index]} />
        </div>
        <div className="flex items-center justify-between gap-2 border-t p-4">
          <Button variant="ghost" className="text-bad" disabled={!field.editable} onClick={remove}>
            <Trash2 aria-hidden />
            {t("models.forget")}
          </Button>
          <Button onClick={onClose}>{t("done")}</Button>
        </div>
      </SheetContent>
    </Sheet>
  );
}
