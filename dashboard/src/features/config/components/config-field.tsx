import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { FieldWires } from "@/components/ui/form-field";
import { Input } from "@/components/ui/input";
import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from "@/components/ui/select";
import { Switch } from "@/components/ui/switch";
import { useFormat } from "@/hooks/use-format";
import type { Path } from "@/lib/config-draft";
import { type Field, useField } from "../data/use-config";
import { fieldName, type FieldSpec } from "../lib/fields";
import { formatBytes, parseBytes, parseDuration, parseNumber } from "../lib/units";
import { FieldFrame } from "./field-frame";
import { ParsedInput } from "./parsed-input";

interface ControlProps {
  field: Field<never>;
  wires: FieldWires;
  onFault: (fault: string | undefined) => void;
  placeholder?: string | undefined;
}

/** The texts of a field: its label, what it is for, and how its default reads. */
export function useFieldTexts(path: Path, spec: FieldSpec, fallback: unknown) {
  const { t } = useTranslation("config");
  const format = useFormat();
  const name = fieldName(path);
  const write = (value: unknown): string => {
    if (value === undefined) return "";
    if (typeof value === "boolean") return t(value ? "on" : "off");
    if (spec.kind === "choice") return t(`choices.${name.split(".").at(-1)}.${String(value)}`);
    if (spec.kind === "bytes" && typeof value === "number") return formatBytes(value);
    if (typeof value === "number") return format.number(value, 6);
    return Array.isArray(value) ? value.join(", ") : String(value);
  };
  return { label: t(`fields.${name}.label`), hint: t(`fields.${name}.hint`, { defaultValue: "" }), fallbackText: write(fallback) };
}

function NumberControl({ field, wires, onFault, placeholder }: ControlProps) {
  const { t } = useTranslation("config");
  const { spec } = field;
  if (spec.kind !== "number" && spec.kind !== "integer" && spec.kind !== "bytes") return null;
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = spec;
  const whole = spec.kind === "integer";
  const write = spec.kind === "bytes" ? formatBytes : String;
  const readAny = (text: string) => (spec.kind === "bytes" ? parseBytes(text) : parseNumber(text, whole));
  const read = (text: string) => {
    const value = readAny(text);
    return value !== undefined && value >= min && value <= max ? value : undefined;
  };
  const fault = (text: string | undefined) => {
    if (text === undefined) return onFault(undefined);
    if (readAny(text) === undefined) return onFault(t(`faults.${spec.kind}`));
    onFault(t("faults.range", { min: min === Number.NEGATIVE_INFINITY ? "" : write(min), max: max === Number.POSITIVE_INFINITY ? "∞" : write(max) }));
  };
  return (
    <ParsedInput
      {...wires}
      inputMode={spec.kind === "bytes" ? "text" : "decimal"}
      placeholder={placeholder}
      disabled={!field.editable}
      value={field.value as number | undefined}
      write={write}
      read={read}
      onValue={(value) => field.set(value as never)}
      onFault={fault}
    />
  );
}

function DurationControl({ field, wires, onFault, placeholder }: ControlProps) {
  const { t } = useTranslation("config");
  return (
    <ParsedInput
      {...wires}
      placeholder={placeholder}
      disabled={!field.editable}
      value={field.value as string | undefined}
      write={(text) => text}
      read={(text) => (parseDuration(text) === undefined ? undefined : text.trim())}
      onValue={(value) => field.set(value as never)}
      onFault={(text) => onFault(text === undefined ? undefined : t("faults.duration"))}
    />
  );
}

function ChoiceControl({ field, wires }: ControlProps) {
  const { t } = useTranslation("config");
  if (field.spec.kind !== "choice") return null;
  const group = field.at.replaceAll(/\[\d+\]/g, "").split(".").at(-1) ?? "";
  return (
    <Select value={String(field.value ?? field.fallback)} onValueChange={(value) => field.set(value as never)} disabled={!field.editable}>
      <SelectTrigger {...wires} className="w-full">
        <SelectValue />
      </SelectTrigger>
      <SelectContent>
        {field.spec.options.map((option) => (
          <SelectItem key={option} value={option}>
            {t(`choices.${group}.${option}`)}
          </SelectItem>
        ))}
      </SelectContent>
    </Select>
  );
}

function TextControl({ field, wires, placeholder }: ControlProps) {
  const mono = field.spec.kind === "text" && field.spec.mono;
  return (
    <Input
      {...wires}
      autoComplete="off"
      spellCheck={false}
      className={mono ? "font-mono" : ""}
      placeholder={placeholder}
      disabled={!field.editable}
      value={(field.value as string | undefined) ?? ""}
      onChange={(event) => field.set((event.target.value === "" ? undefined : event.target.value) as never)}
    />
  );
}

const CONTROLS = { number: NumberControl, integer: NumberControl, bytes: NumberControl, duration: DurationControl, choice: ChoiceControl, text: TextControl, list: TextControl };

/** One field of the configuration, by its path alone. */
export function ConfigField({ path, placeholder }: { path: Path; placeholder?: string }) {
  const field = useField<never>(path);
  const [fault, setFault] = useState<string>();
  const { label, hint, fallbackText } = useFieldTexts(path, field.spec, field.fallback);
  if (field.spec.kind === "switch") {
    return (
      <FieldFrame field={field} label={label} hint={hint} fallbackText={fallbackText} inline>
        {(wires) => <Switch {...wires} checked={Boolean(field.value ?? field.fallback)} onCheckedChange={(on) => field.set(on as never)} disabled={!field.editable} />}
      </FieldFrame>
    );
  }
  const Control = CONTROLS[field.spec.kind];
  return (
    <FieldFrame field={field} label={label} hint={hint} fallbackText={fallbackText} fault={fault}>
      {(wires) => <Control field={field} wires={wires} onFault={setFault} placeholder={placeholder ?? fallbackText} />}
    </FieldFrame>
  );
}

export function FieldGrid({ paths }: { paths: readonly Path[] }) {
  return (
    <div className="grid items-start gap-x-6 gap-y-5 grid-cols-[repeat(auto-fill,minmax(min(100%,15rem),1fr))]">
      {paths.map((path) => (
        <ConfigField key={path.join(".")} path={path} />
      ))}
    </div>
  );
}
