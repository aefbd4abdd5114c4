import { Check } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { RangeButton, type RangePickerProps } from "@/components/range-button";
import { Button } from "@/components/ui/button";
import { FormField } from "@/components/ui/form-field";
import { Input } from "@/components/ui/input";
import { Popover, PopoverContent, PopoverTrigger } from "@/components/ui/popover";
import { useNow } from "@/hooks/use-now";
import { usePreferences } from "@/hooks/use-preferences";
import { useRange } from "@/hooks/use-range";
import { fromInputTime, toInputTime } from "@/lib/input-time";
import { type Preset, presets, type Range } from "@/lib/range";
import { cn } from "@/lib/utils";

/** What the button of the range opens. */
export function RangePopover({ fallback = "1h", defaultOpen = false, ...button }: RangePickerProps & { defaultOpen?: boolean }) {
  const { t } = useTranslation("common");
  const { range, setRange } = useRange(fallback);
  const [open, setOpen] = useState(defaultOpen);
  const choose = (next: Range | Preset) => {
    setRange(next);
    setOpen(false);
  };
  return (
    <Popover open={open} onOpenChange={setOpen}>
      <PopoverTrigger asChild>
        <RangeButton fallback={fallback} {...button} />
      </PopoverTrigger>
      <PopoverContent align="end" className="w-80 p-2" aria-label={t("range.title")}>
        <div className="grid grid-cols-2 gap-1">
          {presets.map((preset) => (
            <Button key={preset} variant="ghost" size="sm" className="justify-start" aria-pressed={range.preset === preset} onClick={() => choose(preset)}>
              <Check aria-hidden className={cn("text-primary", range.preset !== preset && "invisible")} />
              {t(`range.${preset}`)}
            </Button>
          ))}
        </div>
        <CustomRange range={range} onChoose={choose} />
      </PopoverContent>
    </Popover>
  );
}

function CustomRange({ range, onChoose }: { range: Range; onChoose: (range: Range) => void }) {
  const { t } = useTranslation("common");
  const { timeZone } = usePreferences();
  const [since, setSince] = useState(() => toInputTime(range.since, timeZone));
  const [until, setUntil] = useState(() => (range.until === "now" ? "" : toInputTime(range.until, timeZone)));
  const from = fromInputTime(since, timeZone);
  const to = until === "" ? "now" : fromInputTime(until, timeZone);
  const now = useNow();
  const ordered = from !== undefined && to !== undefined && (to === "now" ? from < now : from < to);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (ordered) onChoose({ since: from, until: to });
  };
  return (
    <form onSubmit={submit} className="mt-2 grid gap-3 border-t px-2 pt-3 pb-1">
      <FormField label={t("range.since")}>
        <Input type="datetime-local" step={1} value={since} onChange={(event) => setSince(event.target.value)} />
      </FormField>
      <FormField label={t("range.until")} hint={t("range.untilHint")} error={ordered ? undefined : t("range.wrongOrder")}>
        <Input type="datetime-local" step={1} value={until} onChange={(event) => setUntil(event.target.value)} />
      </FormField>
      <div className="flex items-center justify-between gap-2">
        <span className="text-xs text-muted-foreground">{t(`range.zone.${timeZone}`)}</span>
        <Button type="submit" size="sm" disabled={!ordered}>
          {t("range.apply")}
        </Button>
      </div>
    </form>
  );
}
