import { RotateCcw, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { type FieldWires, FormField } from "@/components/ui/form-field";
import type { ApiProblem } from "@/lib/api";
import { cn } from "@/lib/utils";

interface FieldFrameProps {
  /** Of a `useField`. */
  field: { at: string; value: unknown; fallback: unknown; changed: boolean; problems: ApiProblem[]; editable: boolean; set: (next: undefined) => void };
  label: string;
  hint?: ReactNode;
  /** What is wrong with what is being typed, known before the control plane says so. */
  fault?: string | undefined;
  /** How the default reads. */
  fallbackText?: string | undefined;
  inline?: boolean;
  children: (wires: FieldWires) => ReactNode;
}

export function ProblemTexts({ problems }: { problems: ApiProblem[] }) {
  const { t } = useTranslation("config");
  return (
    <>
      {problems.map((problem) => (
        <span key={problem.path + problem.message} className="block">
          {problem.message}
          {problem.nearest && ` (${t("nearest", { name: problem.nearest })})`}
        </span>
      ))}
    </>
  );
}

export function Warnings({ problems }: { problems: ApiProblem[] }) {
  if (problems.length === 0) return null;
  return (
    <span className="mt-1 flex items-start gap-1.5 font-medium text-warn">
      <TriangleAlert aria-hidden className="mt-0.5 size-3.5 shrink-0" />
      <span className="min-w-0 break-words">
        <ProblemTexts problems={problems} />
      </span>
    </span>
  );
}

export function ChangedDot() {
  const { t } = useTranslation("config");
  return <span title={t("changed")} aria-hidden className="inline-block size-2 shrink-0 rounded-full bg-primary" />;
}

/** A field of the draft with all that can be said about it: default, changed, wrong. */
export function FieldFrame({ field, label, hint, fault, fallbackText, inline, children }: FieldFrameProps) {
  const { t } = useTranslation("config");
  const errors = field.problems.filter((problem) => problem.severity === "error");
  const warnings = field.problems.filter((problem) => problem.severity === "warning");
  const error = fault ?? (errors.length > 0 ? <ProblemTexts problems={errors} /> : undefined);
  const isDefault = field.value === undefined && field.fallback !== undefined;
  const canReset = field.editable && field.value !== undefined && field.fallback !== undefined;
  const resetName = t("resetField", { field: label, value: fallbackText ?? "" });
  const name = (
    <span className="inline-flex flex-wrap items-center gap-x-2">
      {label}
      {field.changed && <ChangedDot />}
      {isDefault && (
        <span aria-hidden className="text-xs font-normal text-muted-foreground">
          {t("isDefault")}
        </span>
      )}
    </span>
  );
  return (
    <div data-config-path={field.at} className="relative min-w-0 scroll-mt-24">
      <FormField
        label={name}
        hint={hint || warnings.length > 0 ? <>{hint}<Warnings problems={warnings} /></> : undefined}
        error={error}
        {...(inline ? { inline } : {})}
      >
        {(wires) => children(wires)}
      </FormField>
      {canReset && (
        <Button variant="ghost" size="icon" className={cn("absolute top-0 right-0 size-6 text-muted-foreground")} aria-label={resetName} title={resetName} onClick={() => field.set(undefined)}>
          <RotateCcw aria-hidden className="size-3.5" />
        </Button>
      )}
    </div>
  );
}
