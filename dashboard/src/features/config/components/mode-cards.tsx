import { Dices, GitMerge, Quote, Scale, Sparkles } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Label } from "@/components/ui/label";
import { RadioGroup, RadioGroupItem } from "@/components/ui/radio-group";
import { cn } from "@/lib/utils";
import { useField } from "../data/use-config";
import { ChangedDot, ProblemTexts, Warnings } from "./field-frame";
import { SectionCard } from "./section-card";

const MODES = { cascade: GitMerge, embedded: Sparkles, keyword: Quote, llm: Scale, random: Dices } as const;

/** Who decides the tier, as cards that say what each choice means. */
export function ModeCards() {
  const { t } = useTranslation("config");
  const field = useField<string>(["router", "mode"]);
  const value = field.value ?? field.fallback ?? "cascade";
  const errors = field.problems.filter((problem) => problem.severity === "error");
  const title = (
    <span className="inline-flex items-center gap-2">
      {t("fields.router.mode.label")}
      {field.changed && <ChangedDot />}
    </span>
  );
  return (
    <SectionCard title={title} description={t("fields.router.mode.hint")}>
      <div data-config-path="router.mode" className="grid scroll-mt-24 gap-2">
        <RadioGroup value={value} onValueChange={field.set} disabled={!field.editable} aria-label={t("fields.router.mode.label")} className="grid gap-2 sm:grid-cols-2">
          {Object.entries(MODES).map(([mode, Icon]) => (
            <Label
              key={mode}
              htmlFor={`mode-${mode}`}
              className={cn("flex cursor-pointer items-start gap-3 rounded-lg border p-3 font-normal hover:bg-accent/50", value === mode && "border-primary bg-accent/60")}
            >
              <RadioGroupItem id={`mode-${mode}`} value={mode} className="mt-0.5" aria-describedby={`mode-${mode}-about`} />
              <span className="grid gap-0.5">
                <span className="flex items-center gap-1.5 text-sm font-medium">
                  <Icon aria-hidden className="size-4 text-muted-foreground" />
                  {t(`choices.mode.${mode}`)}
                </span>
                <span id={`mode-${mode}-about`} className="text-xs leading-5 text-muted-foreground">
                  {t(`router.modes.${mode}`)}
                </span>
              </span>
            </Label>
          ))}
        </RadioGroup>
        {errors.length > 0 && (
          <p role="alert" className="text-xs font-medium text-bad">
            <ProblemTexts problems={errors} />
          </p>
        )}
        <span className="text-xs">
          <Warnings problems={field.problems.filter((problem) => problem.severity === "warning")} />
        </span>
      </div>
    </SectionCard>
  );
}
