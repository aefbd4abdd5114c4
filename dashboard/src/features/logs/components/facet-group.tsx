import { ChevronDown, ChevronRight } from "lucide-react";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { Input } from "@/components/ui/input";
import type { Facet } from "@/gen/smartroute/v1/admin_pb";
import { useFormat } from "@/hooks/use-format";
import { useValueName } from "../data/use-value-name";
import { facetChoices } from "../lib/facet-choices";
import type { ListName } from "../search";

const shown = 8;
const searchFrom = 12;

type FacetGroupProps = {
  name: ListName;
  facet: Facet;
  selected: string[];
  openAtFirst: boolean;
  onToggle: (value: string) => void;
};

export function FacetGroup({ name, facet, selected, openAtFirst, onToggle }: FacetGroupProps) {
  const { t } = useTranslation("logs");
  const format = useFormat();
  const listId = useId();
  const [open, setOpen] = useState(openAtFirst || selected.length > 0);
  const [all, setAll] = useState(false);
  const [find, setFind] = useState("");
  const nameOf = useValueName([facet]);
  const Icon = open ? ChevronDown : ChevronRight;
  const choices = facetChoices(facet, selected, find, (value) => nameOf(name, value));
  const visible = all || find !== "" ? choices : choices.slice(0, Math.max(shown, selected.length));
  return (
    <section className="border-b border-border/60 last:border-0">
      <h2>
        <button
          type="button"
          aria-expanded={open}
          aria-controls={listId}
          className="focus-ring flex w-full items-center gap-1.5 rounded px-2 py-2 text-xs font-medium"
          onClick={() => setOpen(!open)}
        >
          <Icon aria-hidden className="size-3.5 text-muted-foreground" />
          {t(`dimension.${name}`)}
          {selected.length > 0 && <span className="ml-auto text-primary">{t("chosen", { count: selected.length })}</span>}
        </button>
      </h2>
      <div id={listId} hidden={!open} className="pb-2">
        {facet.values.length >= searchFrom && (
          <Input
            type="search"
            aria-label={t("findIn", { name: t(`dimension.${name}`) })}
            placeholder={t("findPlaceholder")}
            className="mx-2 mb-1 h-7 w-[calc(100%-1rem)] px-2 sm:text-xs"
            value={find}
            onChange={({ target }) => setFind(target.value)}
          />
        )}
        <ul>
          {visible.map(({ value, label, records, on }) => (
            <li key={value}>
              <label className="flex cursor-pointer items-center gap-2 rounded px-2 py-1 text-[0.8125rem] hover:bg-accent/60">
                <input type="checkbox" className="focus-ring size-3.5 shrink-0 accent-primary" checked={on} onChange={() => onToggle(value)} />
                <span className="min-w-0 flex-1 truncate" title={value}>
                  {label}
                </span>
                <span className="text-xs text-muted-foreground tabular-nums">{records === undefined ? "" : format.compact(records)}</span>
              </label>
            </li>
          ))}
        </ul>
        {visible.length === 0 && <p className="px-2 py-1 text-xs text-muted-foreground">{t("nothingFound")}</p>}
        {find === "" && choices.length > shown && (
          <button type="button" className="focus-ring mx-2 mt-0.5 rounded text-xs text-primary hover:underline" onClick={() => setAll(!all)}>
            {all ? t("showFewer") : t("showAll", { count: choices.length })}
          </button>
        )}
      </div>
    </section>
  );
}
