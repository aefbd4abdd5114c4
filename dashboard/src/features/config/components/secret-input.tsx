import { Eye, EyeOff, FileKey, KeyRound, Replace, Undo2, Variable } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import type { FieldWires } from "@/components/ui/form-field";
import { Input } from "@/components/ui/input";
import { isHint, isReference } from "@/lib/config-draft";

interface SecretInputProps {
  wires: FieldWires;
  value: string | undefined;
  /** What the control plane holds now: its hint, or a reference. */
  saved: string | undefined;
  onChange: (value: string | undefined) => void;
  disabled: boolean;
}

function Kept({ value, onReplace, wires, disabled }: { value: string; onReplace: () => void; wires: FieldWires; disabled: boolean }) {
  const { t } = useTranslation("config");
  return (
    <div className="flex items-center gap-2">
      <span className="flex h-9 min-w-0 flex-1 items-center gap-2 rounded-md border bg-muted px-3 text-sm">
        <KeyRound aria-hidden className="size-4 shrink-0 text-muted-foreground" />
        <span className="truncate">
          {t("secret.stored")} <span className="font-mono">{value}</span>
        </span>
      </span>
      <Button {...wires} variant="outline" disabled={disabled} onClick={onReplace}>
        <Replace aria-hidden />
        {t("secret.replace")}
      </Button>
    </div>
  );
}

/** A key that can be set but not read: what is stored shows its last four characters at most. */
export function SecretInput({ wires, value, saved, onChange, disabled }: SecretInputProps) {
  const { t } = useTranslation("config");
  const [visible, setVisible] = useState(false);
  const reference = isReference(value);
  if (isHint(value)) return <Kept value={value ?? ""} wires={wires} disabled={disabled} onReplace={() => onChange(undefined)} />;
  const Icon = value?.startsWith("file:") ? FileKey : reference ? Variable : KeyRound;
  return (
    <div className="flex items-center gap-2">
      <div className="relative min-w-0 flex-1">
        <Icon aria-hidden className="pointer-events-none absolute top-2.5 left-3 size-4 text-muted-foreground" />
        <Input
          {...wires}
          type={visible || reference || !value ? "text" : "password"}
          className="pr-9 pl-9 font-mono"
          value={value ?? ""}
          placeholder={t("secret.placeholder")}
          autoComplete="off"
          data-1p-ignore
          spellCheck={false}
          disabled={disabled}
          onChange={(event) => onChange(event.target.value === "" ? undefined : event.target.value)}
        />
        {value && !reference && (
          <button type="button" className="focus-ring absolute top-2 right-2 rounded p-0.5 text-muted-foreground hover:text-foreground" aria-label={t(visible ? "secret.hide" : "secret.show")} onClick={() => setVisible(!visible)}>
            {visible ? <EyeOff aria-hidden className="size-4" /> : <Eye aria-hidden className="size-4" />}
          </button>
        )}
      </div>
      {saved && saved !== value && (
        <Button variant="ghost" disabled={disabled} onClick={() => onChange(saved)}>
          <Undo2 aria-hidden />
          {t("secret.keep")}
        </Button>
      )}
    </div>
  );
}
