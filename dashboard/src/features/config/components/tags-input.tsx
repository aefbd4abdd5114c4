import { Regex, TriangleAlert, X } from "lucide-react";
import { type ClipboardEvent, type KeyboardEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { type FieldWires } from "@/components/ui/form-field";
import { fieldClasses } from "@/components/ui/input";
import { cn } from "@/lib/utils";
import { addEntries } from "../lib/patterns";

interface TagsInputProps {
  wires: FieldWires;
  value: readonly string[];
  onChange: (value: string[]) => void;
  disabled: boolean;
  placeholder?: string | undefined;
  /** What is wrong with an entry, in words. */
  faultOf?: (entry: string, index: number) => string | undefined;
  isPattern?: (entry: string) => boolean;
}

interface TagProps {
  entry: string;
  fault: string | undefined;
  pattern: boolean;
  disabled: boolean;
  onEdit: () => void;
  onRemove: () => void;
}

function Tag({ entry, fault, pattern, disabled, onEdit, onRemove }: TagProps) {
  const { t } = useTranslation("config");
  return (
    <li
      className={cn("inline-flex max-w-full items-center gap-1 rounded-md border bg-secondary py-0.5 pr-0.5 pl-2 text-[0.8125rem] leading-5", fault && "border-bad bg-bad-soft")}
      title={fault}
    >
      {fault ? <TriangleAlert aria-hidden className="size-3.5 shrink-0 text-bad" /> : pattern && <Regex aria-hidden className="size-3.5 shrink-0 text-info" />}
      <button type="button" disabled={disabled} onClick={onEdit} className={cn("focus-ring truncate rounded text-left", pattern && "font-mono")} aria-label={t("tags.edit", { entry })}>
        {entry}
      </button>
      {fault && <span className="sr-only">{fault}</span>}
      {!disabled && (
        <button type="button" onClick={onRemove} className="focus-ring rounded p-0.5 text-muted-foreground hover:text-foreground" aria-label={t("tags.remove", { entry })}>
          <X aria-hidden className="size-3.5" />
        </button>
      )}
    </li>
  );
}

/** A list of short texts: Enter adds, Backspace takes the last one up again, pasted lines become entries. */
export function TagsInput({ wires, value, onChange, disabled, placeholder, faultOf, isPattern }: TagsInputProps) {
  const { t } = useTranslation("config");
  const [typed, setTyped] = useState("");
  const input = useRef<HTMLInputElement>(null);
  const add = (text: string) => {
    setTyped("");
    const next = addEntries(value, text);
    if (next.length > value.length) onChange(next);
  };
  const takeUp = (index: number) => {
    setTyped(value[index] ?? "");
    onChange(value.filter((_, i) => i !== index));
    input.current?.focus();
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Enter") {
      event.preventDefault();
      add(typed);
    } else if (event.key === "Backspace" && typed === "" && value.length > 0) {
      event.preventDefault();
      takeUp(value.length - 1);
    }
  };
  const onPaste = (event: ClipboardEvent) => {
    const text = event.clipboardData.getData("text");
    if (!text.includes("\n")) return;
    event.preventDefault();
    add(typed + text);
  };
  return (
    <div className={cn(fieldClasses, "flex min-h-9 flex-wrap items-center gap-1.5 p-1.5 focus-within:border-ring focus-within:ring-2 focus-within:ring-ring/35", disabled && "opacity-60")}>
      {value.length > 0 && (
        <ul className="contents">
          {value.map((entry, index) => (
            <Tag key={`${entry}#${index}`} entry={entry} fault={faultOf?.(entry, index)} pattern={isPattern?.(entry) ?? false} disabled={disabled} onEdit={() => takeUp(index)} onRemove={() => onChange(value.filter((_, i) => i !== index))} />
          ))}
        </ul>
      )}
      <input
        {...wires}
        ref={input}
        disabled={disabled}
        value={typed}
        placeholder={value.length === 0 ? placeholder : t("tags.add")}
        autoComplete="off"
        spellCheck={false}
        className="min-w-28 flex-1 bg-transparent px-1 outline-none placeholder:text-muted-foreground"
        onChange={(event) => setTyped(event.target.value)}
        onKeyDown={onKey}
        onPaste={onPaste}
        onBlur={() => add(typed)}
      />
    </div>
  );
}
