import { Clock, ListFilter, OctagonAlert, RotateCcw, Search, X } from "lucide-react";
import { type RefObject, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import type { ChangeSearch } from "../data/use-logs-search";
import { activeConditions, presetHolds, presetNames, togglePreset } from "../lib/filter";
import { clipped, type LogsSearch } from "../search";
import { MoreFilters } from "./more-filters";

const typingMs = 350;
const icons = { errors: OctagonAlert, retried: RotateCcw, slow: Clock };

type LogsToolbarProps = {
  search: LogsSearch;
  change: ChangeSearch;
  input: RefObject<HTMLInputElement | null>;
  onFacets: () => void;
};

export function LogsToolbar({ search, change, input, onFacets }: LogsToolbarProps) {
  const { t } = useTranslation("logs");
  const count = activeConditions(search).length;
  return (
    <div className="flex flex-wrap items-center gap-2">
      <TextSearch value={search.q ?? ""} input={input} onChange={(q) => change({ q: q === "" ? undefined : q }, { replace: true })} />
      <fieldset aria-label={t("presets")} className="flex items-center gap-1">
        {presetNames.map((name) => {
          const Icon = icons[name];
          const on = presetHolds(search, name);
          return (
            <Button
              key={name}
              size="sm"
              variant={on ? "default" : "outline"}
              aria-pressed={on}
              title={t(`preset.${name}Hint`)}
              className="h-9 px-2.5"
              onClick={() => change(togglePreset(search, name))}
            >
              <Icon aria-hidden />
              {t(`preset.${name}`)}
            </Button>
          );
        })}
      </fieldset>
      <MoreFilters search={search} change={change} />
      <Button variant="outline" className="px-3 lg:hidden" onClick={onFacets}>
        <ListFilter aria-hidden />
        {count > 0 ? t("filtersCount", { count }) : t("filters")}
      </Button>
    </div>
  );
}

type TextSearchProps = { value: string; input: RefObject<HTMLInputElement | null>; onChange: (text: string) => void };

/** Searches when typing rests, or at once on Enter. */
function TextSearch({ value, input, onChange }: TextSearchProps) {
  const { t } = useTranslation("logs");
  const [draft, setDraft] = useState<string>();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const settle = (text: string) => {
    clearTimeout(timer.current);
    setDraft(undefined);
    if (text !== value) onChange(clipped(text));
  };
  const text = draft ?? value;
  return (
    <div className="relative min-w-48 flex-1 sm:max-w-sm">
      <Search aria-hidden className="pointer-events-none absolute top-2.5 left-2.5 size-4 text-muted-foreground" />
      <Input
        ref={input}
        type="search"
        aria-label={t("search")}
        aria-keyshortcuts="/"
        placeholder={t("searchPlaceholder")}
        className="pr-8 pl-8 [&::-webkit-search-cancel-button]:hidden"
        value={text}
        onChange={({ target }) => {
          setDraft(target.value);
          clearTimeout(timer.current);
          timer.current = setTimeout(() => settle(target.value), typingMs);
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter") settle(text);
          if (event.key === "Escape") {
            event.preventDefault();
            if (text === "") event.currentTarget.blur();
            else settle("");
          }
        }}
      />
      {text !== "" && (
        <button
          type="button"
          aria-label={t("clearSearch")}
          className="focus-ring absolute top-2 right-2 rounded p-0.5 text-muted-foreground hover:text-foreground"
          onClick={() => settle("")}
        >
          <X aria-hidden className="size-4" />
        </button>
      )}
    </div>
  );
}
