import { Regex, Search } from "lucide-react";
import { type RefObject, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Input } from "@/components/ui/input";
import { ToggleGroup, ToggleGroupItem } from "@/components/ui/toggle-group";
import { cn } from "@/lib/utils";
import type { LineBuffer } from "../lib/line-buffer";
import { textFilter } from "../lib/line-filter";
import { kinds, levels, levelsOf, type TerminalSearch } from "../search";
import { ValueSelect } from "./value-select";

const levelTones = { debug: "bg-muted-foreground", info: "bg-info", warn: "bg-warn", error: "bg-bad" };

type TerminalToolbarProps = {
  search: TerminalSearch;
  change: (next: Partial<TerminalSearch>) => void;
  buffer: LineBuffer;
  namesVersion: number;
  input: RefObject<HTMLInputElement | null>;
};

export function TerminalToolbar({ search, change, buffer, namesVersion, input }: TerminalToolbarProps) {
  const { t } = useTranslation("terminal");
  // oxlint-disable-next-line react-hooks/exhaustive-deps -- the version says when the names are others
  const names = useMemo(() => ({ sources: buffer.sources.list(), models: buffer.models.list() }), [buffer, namesVersion]);
  const chosen = levelsOf(search.level);
  return (
    <div className="flex flex-wrap items-center gap-2">
      <TextFilter value={search.q ?? ""} input={input} onChange={(q) => change({ q: q === "" ? undefined : q })} />
      <ToggleGroup
        type="multiple"
        aria-label={t("level")}
        value={chosen}
        onValueChange={(next) => change({ level: next.length === 0 || next.length === levels.length ? undefined : next.join(",") })}
      >
        {levels.map((level) => (
          <ToggleGroupItem key={level} value={level} className="px-2">
            <span aria-hidden className={cn("size-2 rounded-full", levelTones[level])} />
            {t(`levels.${level}`)}
          </ToggleGroupItem>
        ))}
      </ToggleGroup>
      <ToggleGroup
        type="single"
        aria-label={t("kind")}
        value={search.kind ?? "all"}
        onValueChange={(next) => change({ kind: next === "requests" || next === "logs" ? next : undefined })}
      >
        {kinds.map((kind) => (
          <ToggleGroupItem key={kind} value={kind} className="px-2">
            {t(`kinds.${kind}`)}
          </ToggleGroupItem>
        ))}
      </ToggleGroup>
      <ValueSelect label={t("tier")} all={t("allTiers")} value={search.tier} values={["t1", "t2", "t3"]} nameOf={(tier) => tier.toUpperCase()} onChange={(tier) => change({ tier })} />
      <ValueSelect label={t("source")} all={t("allSources")} value={search.source} values={names.sources} onChange={(source) => change({ source })} />
      <ValueSelect label={t("model")} all={t("allModels")} value={search.model} values={names.models} onChange={(model) => change({ model })} />
    </div>
  );
}

type TextFilterProps = { value: string; input: RefObject<HTMLInputElement | null>; onChange: (text: string) => void };

function TextFilter({ value, input, onChange }: TextFilterProps) {
  const { t } = useTranslation("terminal");
  const filter = textFilter(value);
  const wrong = filter.kind === "wrong" ? filter.message : "";
  const Icon = filter.kind === "regex" || wrong !== "" ? Regex : Search;
  return (
    <div className="relative min-w-48 flex-1 sm:max-w-sm">
      <Icon aria-hidden className="pointer-events-none absolute top-2.5 left-2.5 size-4 text-muted-foreground" />
      <Input
        ref={input}
        type="search"
        aria-label={t("filter")}
        aria-keyshortcuts="/"
        aria-invalid={wrong !== "" || undefined}
        aria-describedby={wrong === "" ? undefined : "terminal-filter-wrong"}
        placeholder={t("filterPlaceholder")}
        spellCheck={false}
        className="pl-8 font-mono"
        value={value}
        onChange={({ target }) => onChange(target.value)}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          event.preventDefault();
          if (value === "") event.currentTarget.blur();
          else onChange("");
        }}
      />
      {wrong !== "" && (
        <p id="terminal-filter-wrong" role="alert" className="absolute top-full left-0 z-20 mt-1 max-w-full rounded-md border bg-popover px-2 py-1 text-xs break-words text-bad shadow">
          {wrong}
        </p>
      )}
    </div>
  );
}
