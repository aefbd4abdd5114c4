import { Check, ChevronsUpDown, Route } from "lucide-react";
import { type ReactNode, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { TierBadge } from "@/components/tier-badge";
import { Button } from "@/components/ui/button";
import { Command, CommandEmpty, CommandGroup, CommandInput, CommandItem, CommandList } from "@/components/ui/command";
import { Label } from "@/components/ui/label";
import { Popover, PopoverContent, PopoverTrigger } from "@/components/ui/popover";
import { cn } from "@/lib/utils";
import type { ModelOptions } from "../lib/model-options";

interface ModelPickerProps {
  label: string;
  value: string;
  options: ModelOptions;
  onChange: (model: string) => void;
}

interface OptionProps {
  value: string;
  chosen: boolean;
  onChoose: (value: string) => void;
  children: ReactNode;
}

function Option({ value, chosen, onChoose, children }: OptionProps) {
  return (
    <CommandItem value={value} onSelect={() => onChoose(value)}>
      <Check aria-hidden className={cn("text-primary", !chosen && "invisible")} />
      {children}
    </CommandItem>
  );
}

/** "auto", a tier, a configured model, or any name that is typed: what becomes of it is the gateway's to say. */
export function ModelPicker({ label, value, options, onChange }: ModelPickerProps) {
  const { t } = useTranslation("playground");
  const id = useId();
  const [open, setOpen] = useState(false);
  const [typed, setTyped] = useState("");
  const choose = (model: string) => {
    onChange(model);
    setOpen(false);
    setTyped("");
  };
  const other = typed.trim();
  const isKnown = other === "" || other === "auto" || /^t[123]$/.test(other) || options.models.includes(other);
  const option = (model: string, children: ReactNode) => (
    <Option key={model} value={model} chosen={model === value} onChoose={choose}>
      {children}
    </Option>
  );
  return (
    <div className="grid min-w-0 gap-1.5">
      <Label id={`${id}-label`} htmlFor={id}>
        {label}
      </Label>
      <Popover open={open} onOpenChange={setOpen}>
        <PopoverTrigger asChild>
          {/* oxlint-disable-next-line jsx-a11y/role-has-required-aria-props -- the trigger sets aria-controls */}
          <Button id={id} variant="outline" role="combobox" aria-expanded={open} aria-labelledby={`${id}-label ${id}`} className="w-full min-w-0 justify-between px-3 font-normal">
            <span className="flex min-w-0 items-center gap-2">
              {value === "auto" && <Route aria-hidden className="text-muted-foreground" />}
              {/^t[123]$/.test(value) && <TierBadge tier={value} />}
              <span className="truncate">{nameOf(value, t("model.auto"), (tier) => t(`model.tiers.${tier}`))}</span>
            </span>
            <ChevronsUpDown aria-hidden className="text-muted-foreground" />
          </Button>
        </PopoverTrigger>
        <PopoverContent align="start" className="w-80 max-w-[calc(100vw-2rem)] p-0" aria-label={label}>
          <Command label={label} loop>
            <CommandInput placeholder={t("model.search")} value={typed} onValueChange={setTyped} />
            <CommandList>
              <CommandEmpty>{t("model.none")}</CommandEmpty>
              <CommandGroup heading={t("model.routed")}>
                {option("auto", <span>{t("model.auto")}</span>)}
                {options.tiers.map((tier) =>
                  option(
                    tier.name,
                    <span className="flex min-w-0 items-center gap-2">
                      <TierBadge tier={tier.name} />
                      <span className="truncate text-muted-foreground">{tier.models.join(", ") || t("model.emptyTier")}</span>
                    </span>,
                  ),
                )}
              </CommandGroup>
              {options.models.length > 0 && (
                <CommandGroup heading={t("model.configured")}>
                  {options.models.map((model) => option(model, <span className="truncate font-mono text-[0.8125rem]">{model}</span>))}
                </CommandGroup>
              )}
              {!isKnown && <CommandGroup heading={t("model.other")}>{option(other, <span className="truncate">{t("model.use", { model: other })}</span>)}</CommandGroup>}
            </CommandList>
          </Command>
        </PopoverContent>
      </Popover>
    </div>
  );
}

function nameOf(value: string, auto: string, ofTier: (tier: string) => string): string {
  if (value === "auto") return auto;
  return /^t[123]$/.test(value) ? ofTier(value) : value;
}
