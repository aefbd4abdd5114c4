import { useTranslation } from "react-i18next";
import type { Path } from "@/lib/config-draft";
import { useField } from "../data/use-config";
import { isPattern, keywordFault, type PatternFault, patternFault } from "../lib/patterns";
import { parseNumber } from "../lib/units";
import { useFieldTexts } from "./config-field";
import { FieldFrame } from "./field-frame";
import { TagsInput } from "./tags-input";

/** Of a keyword: words, or /a pattern/. Of a redaction: always a pattern. */
type Form = "keywords" | "patterns" | "words" | "numbers";

function faultOf(form: Form, entry: string): PatternFault | "number" | undefined {
  if (form === "keywords") return keywordFault(entry);
  if (form === "patterns") return patternFault(entry);
  return form === "numbers" && parseNumber(entry, true) === undefined ? "number" : undefined;
}

/** A list of the configuration, as tags. */
export function TagsField({ path, form, placeholder }: { path: Path; form: Form; placeholder?: string }) {
  const { t } = useTranslation("config");
  const field = useField<(string | number)[]>(path);
  const { label, hint, fallbackText } = useFieldTexts(path, field.spec, field.fallback);
  const change = (entries: string[]) => {
    const next = form === "numbers" ? entries.map((entry) => parseNumber(entry, true) ?? entry) : entries;
    field.set(next.length === 0 ? undefined : next);
  };
  const fault = (entry: string, index: number) => {
    const own = faultOf(form, entry);
    if (own) return t(`faults.${own}`);
    return field.problems.find((problem) => problem.severity === "error" && problem.path === `${field.at}[${index}]`)?.message;
  };
  // A list that is not set serves with its default, and is edited from there.
  const shown = (field.value ?? field.fallback ?? []).map(String);
  return (
    <FieldFrame field={field} label={label} hint={hint} fallbackText={fallbackText}>
      {(wires) => (
        <TagsInput
          wires={wires}
          value={shown}
          onChange={change}
          disabled={!field.editable}
          placeholder={placeholder ?? t("tags.placeholder")}
          faultOf={fault}
          isPattern={(entry) => form === "patterns" || (form === "keywords" && isPattern(entry))}
        />
      )}
    </FieldFrame>
  );
}
