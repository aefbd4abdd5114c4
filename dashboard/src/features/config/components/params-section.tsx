import { X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { JsonText, setIn, useConfigDraft } from "@/lib/config-draft";
import { useEditable } from "../data/use-config";
import { JsonField } from "./json-field";
import { ModelPicker } from "./model-picker";
import { SectionCard } from "./section-card";

export function ParamsSection() {
  const { t } = useTranslation("config");
  const { draft, update } = useConfigDraft();
  const editable = useEditable();
  const names = Object.keys(draft.params?.models ?? {});
  const set = (name: string, value: JsonText | undefined) => update((doc) => setIn(doc, ["params", "models", name], value));
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
      <SectionCard title={t("params.global")} description={t("params.globalAbout")}>
        <JsonField path={["params", "global"]} label={t("params.globalLabel")} />
      </SectionCard>
      <SectionCard title={t("params.models")} description={t("params.modelsAbout")}>
        {names.length === 0 && <p className="text-sm text-muted-foreground">{t("params.none")}</p>}
        {names.map((name) => (
          <div key={name} className="relative">
            <JsonField path={["params", "models", name]} label={name} keepEmpty />
            {editable && (
              <Button variant="ghost" size="icon" className="absolute top-0 right-0 size-6" aria-label={t("removeEntry", { name })} onClick={() => set(name, undefined)}>
                <X aria-hidden className="size-3.5" />
              </Button>
            )}
          </div>
        ))}
        <div>
          <ModelPicker label={t("params.add")} without={names} disabled={!editable} onPick={(name) => set(name, new JsonText("{}"))} />
        </div>
      </SectionCard>
    </div>
  );
}
