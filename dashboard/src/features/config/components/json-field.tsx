import { Braces } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { jsonFault, jsonKeys, JsonText, layOutJson, type Path } from "@/lib/config-draft";
import { useField } from "../data/use-config";
import { CodeArea } from "./code-area";
import { FieldFrame } from "./field-frame";

const RESERVED = new Set(["model", "messages", "stream", "api_key", "api_base", "base_url"]);

interface JsonFieldProps {
  path: Path;
  label: string;
  hint?: string;
  /** An empty object stays one instead of going: the entry of a model. */
  keepEmpty?: boolean;
}

/** A JSON object that reaches the provider as it is written here. The draft takes what is sound; what is not yet stays in the editor. */
export function JsonField({ path, label, hint, keepEmpty }: JsonFieldProps) {
  const { t } = useTranslation("config");
  const field = useField<JsonText>(path);
  const [typed, setTyped] = useState<string>();
  const stored = field.value ? layOutJson(field.value.text, 2) : "";
  const text = typed ?? stored;
  const blank = text.trim() === "" && !keepEmpty;
  const fault = blank ? undefined : jsonFault(text);
  const isObject = text.trim().startsWith("{");
  const reserved = jsonKeys(text).filter((key) => RESERVED.has(key.toLowerCase()));
  const words = fault
    ? t(`faults.json.${fault.kind}`, { line: fault.line, column: fault.column })
    : !isObject && !blank
      ? t("faults.json.object")
      : reserved.length > 0
        ? t("faults.json.reserved", { keys: reserved.join(", ") })
        : undefined;
  const change = (next: string) => {
    setTyped(next);
    if (next.trim() === "" && !keepEmpty) return field.set(undefined);
    if (!jsonFault(next) && next.trim().startsWith("{")) field.set(new JsonText(next));
  };
  return (
    <FieldFrame field={field} label={label} hint={hint} fault={words}>
      {(wires) => (
        <div className="grid gap-2">
          <CodeArea
            {...wires}
            value={text}
            faultLine={fault?.line}
            rows={5}
            disabled={!field.editable}
            placeholder={'{"temperature": 0.7}'}
            onChange={(event) => change(event.target.value)}
            onBlur={() => {
              if (!fault && (isObject || blank)) setTyped(undefined);
            }}
          />
          {field.editable && text.trim() !== "" && !fault && (
            <div>
              <Button variant="ghost" size="sm" onClick={() => change(layOutJson(text, 2))}>
                <Braces aria-hidden />
                {t("params.format")}
              </Button>
            </div>
          )}
        </div>
      )}
    </FieldFrame>
  );
}
