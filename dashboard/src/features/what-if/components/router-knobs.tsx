import { useId } from "react";
import { useTranslation } from "react-i18next";
import { FormField } from "@/components/ui/form-field";
import { Label } from "@/components/ui/label";
import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from "@/components/ui/select";
import { Slider } from "@/components/ui/slider";
import { useFormat } from "@/hooks/use-format";
import { TIERS, useConfigDraft } from "@/lib/config-draft";
import { routerModes, setDefaultTier, setMinConfidence, setMode, settingOf } from "../lib/knobs";

export function RouterKnobs() {
  const { t } = useTranslation("what-if");
  const format = useFormat();
  const id = useId();
  const { draft, effective, update } = useConfigDraft();
  const mode = settingOf(draft, effective, ["router", "mode"], "cascade");
  const tier = settingOf(draft, effective, ["router", "default_tier"], "t3");
  const confidence = settingOf(draft, effective, ["router", "min_confidence"], 0);
  return (
    <div className="grid gap-4 pt-1">
      <FormField label={t("knobs.mode")} hint={t(`modeHints.${mode}`, { defaultValue: "" })}>
        {(wires) => (
          <Select value={mode} onValueChange={(value) => update((doc) => setMode(doc, value))}>
            <SelectTrigger {...wires} className="w-full">
              <SelectValue />
            </SelectTrigger>
            <SelectContent>
              {routerModes.map((one) => (
                <SelectItem key={one} value={one}>
                  {t(`modes.${one}`)}
                </SelectItem>
              ))}
            </SelectContent>
          </Select>
        )}
      </FormField>
      {mode === "cascade" && (
        <div className="grid gap-1.5">
          <div className="flex items-center justify-between gap-2">
            <Label id={`${id}-confidence`}>{t("knobs.minConfidence")}</Label>
            <output className="text-sm tabular-nums">{format.percent(confidence)}</output>
          </div>
          <Slider aria-labelledby={`${id}-confidence`} min={0} max={1} step={0.01} value={[confidence]} onValueChange={([value]) => value !== undefined && update((doc) => setMinConfidence(doc, value))} />
          <p className="text-xs leading-5 text-muted-foreground">{t("knobs.minConfidenceHint")}</p>
        </div>
      )}
      <FormField label={t("knobs.defaultTier")} hint={t("knobs.defaultTierHint")}>
        {(wires) => (
          <Select value={tier} onValueChange={(value) => update((doc) => setDefaultTier(doc, value))}>
            <SelectTrigger {...wires} className="w-full">
              <SelectValue />
            </SelectTrigger>
            <SelectContent>
              {TIERS.map((one) => (
                <SelectItem key={one} value={one}>
                  {one.toUpperCase()}
                </SelectItem>
              ))}
            </SelectContent>
          </Select>
        )}
      </FormField>
    </div>
  );
}
