import { Plus, X } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";

interface PairsEditorProps {
  value: Record<string, string>;
  onChange: (value: Record<string, string> | undefined) => void;
  disabled: boolean;
  nameLabel: string;
  valueLabel: string;
  addLabel: string;
  /** Instead of a text input for the value. */
  control?: (name: string, value: string, set: (value: string) => void) => ReactNode;
}

/** Names with a value each. */
export function PairsEditor({ value, onChange, disabled, nameLabel, valueLabel, addLabel, control }: PairsEditorProps) {
  const { t } = useTranslation("config");
  const [name, setName] = useState("");
  const entries = Object.entries(value);
  const write = (next: [string, string][]) => onChange(next.length === 0 ? undefined : Object.fromEntries(next));
  const set = (key: string, text: string) => write(entries.map(([one, old]) => [one, one === key ? text : old]));
  const add = () => {
    const key = name.trim();
    if (key === "") return;
    if (!Object.hasOwn(value, key)) write([...entries, [key, ""]]);
    setName("");
  };
  return (
    <div className="grid gap-2">
      {entries.map(([key, text]) => (
        <div key={key} className="grid grid-cols-[minmax(0,1fr)_minmax(0,1.4fr)_auto] items-center gap-2">
          <span className="truncate font-mono text-[0.8125rem]" title={key}>
            {key}
          </span>
          {control ? (
            control(key, text, (next) => set(key, next))
          ) : (
            <Input aria-label={`${valueLabel}: ${key}`} className="font-mono" value={text} disabled={disabled} spellCheck={false} autoComplete="off" onChange={(event) => set(key, event.target.value)} />
          )}
          <Button variant="ghost" size="icon" disabled={disabled} aria-label={t("removeEntry", { name: key })} onClick={() => write(entries.filter(([one]) => one !== key))}>
            <X aria-hidden />
          </Button>
        </div>
      ))}
      {disabled && entries.length === 0 && <p className="text-sm text-muted-foreground">–</p>}
      {!disabled && (
        <form
          className="flex gap-2"
          onSubmit={(event) => {
            event.preventDefault();
            add();
          }}
        >
          <Input aria-label={nameLabel} placeholder={nameLabel} className="font-mono" value={name} spellCheck={false} autoComplete="off" onChange={(event) => setName(event.target.value)} />
          <Button type="submit" variant="outline" disabled={name.trim() === ""}>
            <Plus aria-hidden />
            {addLabel}
          </Button>
        </form>
      )}
    </div>
  );
}
