import { SlidersHorizontal } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { FormField } from "@/components/ui/form-field";
import { Input } from "@/components/ui/input";
import { Popover, PopoverContent, PopoverTrigger } from "@/components/ui/popover";
import { ToggleGroup, ToggleGroupItem } from "@/components/ui/toggle-group";
import type { ChangeSearch } from "../data/use-logs-search";
import { type LogsSearch, parseSearch } from "../search";

type MoreFiltersProps = { search: LogsSearch; change: ChangeSearch };

/** The conditions that are no lists to choose from. */
export function MoreFilters({ search, change }: MoreFiltersProps) {
  const { t } = useTranslation("logs");
  const [open, setOpen] = useState(false);
  return (
    <Popover open={open} onOpenChange={setOpen}>
      <PopoverTrigger asChild>
        <Button variant="outline" className="px-3">
          <SlidersHorizontal aria-hidden />
          {t("moreFilters")}
        </Button>
      </PopoverTrigger>
      <PopoverContent align="start" className="w-80" aria-label={t("moreFilters")}>
        <FilterForm
          search={search}
          onApply={(next) => {
            change(next);
            setOpen(false);
          }}
        />
      </PopoverContent>
    </Popover>
  );
}

type FilterFormProps = { search: LogsSearch; onApply: (change: Partial<LogsSearch>) => void };

function FilterForm({ search, onApply }: FilterFormProps) {
  const { t } = useTranslation("logs");
  const [stream, setStream] = useState(search.stream === undefined ? "any" : search.stream ? "yes" : "no");
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const raw = Object.fromEntries(new FormData(event.currentTarget));
    const { slow, retries, req, instance } = parseSearch(raw);
    onApply({ slow, retries, req, instance, stream: stream === "any" ? undefined : stream === "yes" });
  };
  return (
    <form className="grid gap-4" onSubmit={submit}>
      <div className="grid grid-cols-2 gap-3">
        <FormField label={t("field.slow")}>
          <Input name="slow" type="number" min={1} max={86_400_000} step={1} inputMode="numeric" defaultValue={search.slow ?? ""} />
        </FormField>
        <FormField label={t("field.retries")}>
          <Input name="retries" type="number" min={1} max={1000} step={1} inputMode="numeric" defaultValue={search.retries ?? ""} />
        </FormField>
      </div>
      <div className="grid gap-1.5">
        <span id="logs-stream" className="text-sm font-medium">
          {t("field.stream")}
        </span>
        <ToggleGroup type="single" aria-labelledby="logs-stream" value={stream} onValueChange={(value) => value && setStream(value)}>
          {["any", "yes", "no"].map((value) => (
            <ToggleGroupItem key={value} value={value}>
              {t(`streamChoice.${value}`)}
            </ToggleGroupItem>
          ))}
        </ToggleGroup>
      </div>
      <FormField label={t("field.req")} hint={t("field.reqHint")}>
        <Input name="req" maxLength={256} spellCheck={false} className="font-mono" defaultValue={search.req ?? ""} />
      </FormField>
      <FormField label={t("field.instance")} hint={t("field.instanceHint")}>
        <Input name="instance" spellCheck={false} className="font-mono" defaultValue={search.instance ?? ""} />
      </FormField>
      <Button type="submit" size="sm" className="justify-self-end">
        {t("apply")}
      </Button>
    </form>
  );
}
