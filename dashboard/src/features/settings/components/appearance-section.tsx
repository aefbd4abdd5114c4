import { type ReactNode, useId } from "react";
import { useTranslation } from "react-i18next";
import { FormField } from "@/components/ui/form-field";
import { RadioGroup, RadioGroupItem } from "@/components/ui/radio-group";
import { useFormat } from "@/hooks/use-format";
import { useNow } from "@/hooks/use-now";
import { languages, usePreferences } from "@/hooks/use-preferences";
import { languageNames } from "@/lib/language-names";
import { SectionCard } from "./section-card";

interface ChoiceProps<T extends string> {
  title: string;
  hint?: ReactNode;
  value: T;
  options: readonly { value: T; label: string }[];
  onChange: (value: T) => void;
}

function Choice<T extends string>({ title, hint, value, options, onChange }: ChoiceProps<T>) {
  const id = useId();
  const choose = (next: string) => {
    const found = options.find((option) => option.value === next);
    if (found) onChange(found.value);
  };
  return (
    <div className="grid gap-2 border-b py-4 first:pt-0 last:border-0 last:pb-0 sm:grid-cols-[12rem_1fr]">
      <div>
        <p id={id} className="text-sm font-medium">
          {title}
        </p>
        {hint && <p className="mt-0.5 text-xs text-muted-foreground">{hint}</p>}
      </div>
      <RadioGroup aria-labelledby={id} value={value} onValueChange={choose} className="flex flex-wrap gap-x-6 gap-y-2">
        {options.map((option) => (
          <FormField key={option.value} inline label={option.label}>
            <RadioGroupItem value={option.value} />
          </FormField>
        ))}
      </RadioGroup>
    </div>
  );
}

const themes = ["light", "dark", "system"] as const;
const zones = ["local", "utc"] as const;
const densities = ["comfortable", "compact"] as const;

export function AppearanceSection() {
  const { t } = useTranslation("settings");
  const format = useFormat();
  const now = useNow();
  const { theme, language, timeZone, density, setPreferences } = usePreferences();
  return (
    <SectionCard title={t("look.title")} description={t("look.description")}>
      <Choice title={t("look.language")} value={language} options={languages.map((value) => ({ value, label: languageNames[value] }))} onChange={(next) => setPreferences({ language: next })} />
      <Choice title={t("look.theme")} value={theme} options={themes.map((value) => ({ value, label: t(`look.themes.${value}`) }))} onChange={(next) => setPreferences({ theme: next })} />
      <Choice title={t("look.zone")} hint={format.dateTime(now)} value={timeZone} options={zones.map((value) => ({ value, label: t(`look.zones.${value}`) }))} onChange={(next) => setPreferences({ timeZone: next })} />
      <Choice title={t("look.density")} value={density} options={densities.map((value) => ({ value, label: t(`look.densities.${value}`) }))} onChange={(next) => setPreferences({ density: next })} />
    </SectionCard>
  );
}
