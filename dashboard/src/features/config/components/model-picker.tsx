import { Plus } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { Command, CommandEmpty, CommandGroup, CommandInput, CommandItem, CommandList } from "@/components/ui/command";
import { Popover, PopoverContent, PopoverTrigger } from "@/components/ui/popover";
import { useConfigDraft } from "@/lib/config-draft";
import { knownModels, nameFault } from "../lib/models";

interface ModelPickerProps {
  label: string;
  /** Not offered: they are there already. */
  without: readonly string[];
  onPick: (model: string) => void;
  disabled?: boolean;
  trigger?: ReactNode;
}

/** A model of the configuration, or one that is typed: provider/model. */
export function ModelPicker({ label, without, onPick, disabled, trigger }: ModelPickerProps) {
  const { t } = useTranslation("config");
  const { draft } = useConfigDraft();
  const [open, setOpen] = useState(false);
  const [typed, setTyped] = useState("");
  const known = open ? knownModels(draft).filter((model) => !without.includes(model)) : [];
  const name = typed.trim();
  const fault = name === "" ? undefined : nameFault(name);
  const isNew = name !== "" && !known.includes(name) && !without.includes(name) && !fault;
  const pick = (model: string) => {
    onPick(model);
    setTyped("");
    setOpen(false);
  };
  const prefixes = (draft.providers ?? []).flatMap((provider) => (provider.id && (name === "" || provider.id.startsWith(name)) ? [`${provider.id}/`] : []));
  return (
    <Popover open={open} onOpenChange={setOpen}>
      <PopoverTrigger asChild>
        {trigger ?? (
          <Button variant="ghost" size="sm" disabled={disabled} className="justify-start text-muted-foreground">
            <Plus aria-hidden />
            {label}
          </Button>
        )}
      </PopoverTrigger>
      <PopoverContent align="start" className="w-80 p-0">
        <Command label={label}>
          <CommandInput value={typed} onValueChange={setTyped} placeholder={t("picker.placeholder")} />
          <CommandList>
            {!isNew && <CommandEmpty>{fault ? t(`faults.model.${fault}`) : t("picker.empty")}</CommandEmpty>}
            {isNew && (
              <CommandGroup forceMount>
                <CommandItem forceMount value={`+ ${name}`} onSelect={() => pick(name)}>
                  <Plus aria-hidden />
                  <span className="truncate">{t("picker.add", { name })}</span>
                </CommandItem>
              </CommandGroup>
            )}
            {known.length > 0 && (
              <CommandGroup heading={t("picker.known")}>
                {known.map((model) => (
                  <CommandItem key={model} value={model} onSelect={() => pick(model)}>
                    <span className="truncate font-mono text-[0.8125rem]">{model}</span>
                  </CommandItem>
                ))}
              </CommandGroup>
            )}
            {prefixes.length > 0 && !name.includes("/") && (
              <CommandGroup heading={t("picker.providers")}>
                {prefixes.map((prefix) => (
                  <CommandItem key={prefix} value={prefix} onSelect={() => setTyped(prefix)}>
                    <span className="truncate font-mono text-[0.8125rem]">{prefix}…</span>
                  </CommandItem>
                ))}
              </CommandGroup>
            )}
          </CommandList>
        </Command>
      </PopoverContent>
    </Popover>
  );
}
