import { useTranslation } from "react-i18next";
import { Slider } from "@/components/ui/slider";
import { useFormat } from "@/hooks/use-format";
import { useField } from "../data/use-config";
import { useFieldTexts } from "./config-field";
import { FieldFrame } from "./field-frame";

const STEP = 0.01;

/** A share between 0 and 1, by a slider. */
export function ShareField({ path }: { path: readonly string[] }) {
  const { t } = useTranslation("config");
  const format = useFormat();
  const field = useField<number>(path);
  const { label, hint } = useFieldTexts(path, field.spec, field.fallback);
  const value = field.value ?? field.fallback ?? 0;
  return (
    <FieldFrame field={field} label={label} hint={hint} fallbackText={format.percent(field.fallback ?? 0)}>
      {(wires) => (
        <div {...wires} role="group" aria-label={label} className="flex h-9 items-center gap-3">
          <Slider
            aria-label={t("shareOf", { field: label })}
            min={0}
            max={1}
            step={STEP}
            value={[value]}
            disabled={!field.editable}
            onValueChange={([next]) => field.set(next === undefined ? undefined : Number(next.toFixed(2)))}
          />
          <output className="w-14 text-right text-sm tabular-nums">{format.percent(value)}</output>
        </div>
      )}
    </FieldFrame>
  );
}
