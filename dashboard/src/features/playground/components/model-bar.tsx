import { useTranslation } from "react-i18next";
import { FormField } from "@/components/ui/form-field";
import { Switch } from "@/components/ui/switch";
import { cn } from "@/lib/utils";
import type { Talk } from "../data/use-conversation";
import type { ModelOptions } from "../lib/model-options";
import { ModelPicker } from "./model-picker";

/** Who is asked: one model, or two side by side. */
export function ModelBar({ talk, options }: { talk: Talk; options: ModelOptions }) {
  const { t } = useTranslation("playground");
  const { models, compare } = talk.conversation.settings;
  return (
    <div className="flex flex-wrap items-end gap-3">
      <div className={cn("grid min-w-0 flex-1 gap-3", compare && "sm:grid-cols-2")}>
        <ModelPicker label={compare ? t("model.first") : t("model.label")} value={models[0]} options={options} onChange={(model) => talk.setSettings({ models: [model, models[1]] })} />
        {compare && <ModelPicker label={t("model.second")} value={models[1]} options={options} onChange={(model) => talk.setSettings({ models: [models[0], model] })} />}
      </div>
      <FormField label={t("compare.label")} inline className="h-9 content-center">
        <Switch checked={compare} onCheckedChange={(on) => talk.setSettings({ compare: on })} />
      </FormField>
    </div>
  );
}
