import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { FormField } from "@/components/ui/form-field";
import { Input } from "@/components/ui/input";
import { Popover, PopoverContent, PopoverTrigger } from "@/components/ui/popover";
import { useLimits } from "../data/use-limits";
import { defaultLimits, limitOf } from "../lib/grades";
import { LimitsButton } from "./limits-button";

/** Sets where good ends and slow begins. */
export function LimitsForm({ defaultOpen = false }: { defaultOpen?: boolean }) {
  const { t } = useTranslation("overview");
  const [open, setOpen] = useState(defaultOpen);
  return (
    <Popover open={open} onOpenChange={setOpen}>
      <PopoverTrigger asChild>
        <LimitsButton />
      </PopoverTrigger>
      <PopoverContent align="end" aria-label={t("limits.button")}>
        <Fields onDone={() => setOpen(false)} />
      </PopoverContent>
    </Popover>
  );
}

const secondsOf = (ms: number) => String(ms / 1000);
const msOf = (seconds: string) => limitOf(seconds.trim() === "" ? undefined : Number(seconds) * 1000);

function Fields({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation("overview");
  const { limits, setLimits } = useLimits();
  const [good, setGood] = useState(() => secondsOf(limits.good));
  const [slow, setSlow] = useState(() => secondsOf(limits.slow));
  const goodMs = msOf(good);
  const slowMs = msOf(slow);
  const ordered = goodMs === undefined || slowMs === undefined || goodMs < slowMs;
  const apply = (event: FormEvent) => {
    event.preventDefault();
    if (goodMs === undefined || slowMs === undefined || !ordered) return;
    setLimits({ good: goodMs, slow: slowMs });
    onDone();
  };
  const reset = () => {
    setLimits(defaultLimits);
    onDone();
  };
  const input = (value: string, set: (value: string) => void) => (
    <Input inputMode="decimal" value={value} onChange={(event) => set(event.target.value)} />
  );
  return (
    <form onSubmit={apply} className="grid gap-3">
      <FormField label={t("limits.good")} error={goodMs === undefined ? t("limits.bad") : undefined}>
        {input(good, setGood)}
      </FormField>
      <FormField label={t("limits.slow")} error={slowMs === undefined ? t("limits.bad") : ordered ? undefined : t("limits.order")}>
        {input(slow, setSlow)}
      </FormField>
      <div className="flex justify-between gap-2">
        <Button variant="ghost" size="sm" onClick={reset}>
          {t("limits.reset")}
        </Button>
        <Button type="submit" size="sm" disabled={goodMs === undefined || slowMs === undefined || !ordered}>
          {t("limits.apply")}
        </Button>
      </div>
    </form>
  );
}
