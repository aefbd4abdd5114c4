import { Boxes, Plus } from "lucide-react";
import { useTranslation } from "react-i18next";
import { ProviderTag } from "@/components/provider-tag";
import { Button } from "@/components/ui/button";
import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from "@/components/ui/select";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "@/components/ui/table";
import { useFormat } from "@/hooks/use-format";
import { type Model, setIn, useConfigDraft } from "@/lib/config-draft";
import { useEditable, useField, usePlace } from "../data/use-config";
import { canonical, knownModels, readName } from "../lib/models";
import { elementOf } from "../lib/sections";
import { ChangedDot, FieldFrame } from "./field-frame";
import { ModelPicker } from "./model-picker";
import { ModelSheet } from "./model-sheet";
import { PairsEditor } from "./pairs-editor";
import { ProblemCount } from "./problem-count";
import { SectionCard } from "./section-card";

/** A model that something is said of, or one that only stands in a tier. */
function ModelRow({ name, index }: { name: string; index: number }) {
  const { t } = useTranslation("config");
  const format = useFormat();
  const { draft, update } = useConfigDraft();
  const { show } = usePlace();
  const editable = useEditable();
  const field = useField<Model>(["models", index < 0 ? (draft.models ?? []).length : index]);
  const model = index < 0 ? undefined : field.value;
  const parts = readName(draft, name);
  const open = () => {
    const at = index < 0 ? (draft.models ?? []).length : index;
    if (index < 0) update((doc) => setIn(doc, ["models"], [...(doc.models ?? []), { id: name }]));
    show("models", { field: `models[${at}]` });
  };
  const price = model?.price;
  const dollars = (value: number | undefined) => (value === undefined ? "–" : `$${format.number(value, 4)}`);
  const images = model?.multimodal === undefined ? "–" : t(model.multimodal ? "models.yes" : "models.no");
  const action = t(index < 0 ? "models.describe" : editable ? "edit" : "view");
  return (
    <TableRow data-config-path={index < 0 ? undefined : `models[${index}]`}>
      <TableCell className="max-w-64">
        <span className="flex items-center gap-2">
          <ProviderTag provider={parts.provider} model={parts.model} />
          {model && field.changed && <ChangedDot />}
          {model && <ProblemCount problems={field.problems} />}
        </span>
      </TableCell>
      <TableCell>{images}</TableCell>
      <TableCell className="text-right tabular-nums">{model?.context_window === undefined ? "–" : format.tokens(model.context_window)}</TableCell>
      <TableCell className="text-right tabular-nums">{format.number(model?.weight ?? 1, 3)}</TableCell>
      <TableCell className="text-right whitespace-nowrap tabular-nums">{price ? `${dollars(price.input)} / ${dollars(price.output)}` : t("models.builtIn")}</TableCell>
      <TableCell className="text-right tabular-nums">{model?.fallbacks?.length ?? 0}</TableCell>
      <TableCell className="text-right">
        <Button variant="outline" size="sm" disabled={!editable && index < 0} onClick={open} aria-label={t("models.actionOn", { action, name })}>
          {action}
        </Button>
      </TableCell>
    </TableRow>
  );
}

function FactsCard() {
  const { t } = useTranslation("config");
  const { draft, update } = useConfigDraft();
  const { show } = usePlace();
  const editable = useEditable();
  const described = (draft.models ?? []).map((model, index) => ({ name: model.id ?? "", index }));
  const taken = new Set(described.map(({ name }) => canonical(draft, name)));
  const others = knownModels(draft).filter((name) => !taken.has(name)).map((name) => ({ name, index: -1 }));
  const rows = [...described, ...others].sort((a, b) => (a.name < b.name ? -1 : 1));
  const add = (name: string) => {
    const at = (draft.models ?? []).length;
    update((doc) => setIn(doc, ["models"], [...(doc.models ?? []), { id: name }]));
    show("models", { field: `models[${at}]` });
  };
  const trigger = (
    <Button variant="outline" size="sm" disabled={!editable}>
      <Plus aria-hidden />
      {t("models.add")}
    </Button>
  );
  return (
    <SectionCard title={t("models.facts")} description={t("models.factsAbout")} action={<ModelPicker label={t("models.add")} without={[...taken]} onPick={add} trigger={trigger} />}>
      {rows.length === 0 ? (
        <p className="flex items-center gap-2 text-sm text-muted-foreground">
          <Boxes aria-hidden className="size-4" />
          {t("models.empty")}
        </p>
      ) : (
        <Table label={t("models.facts")}>
          <TableHeader>
            <TableRow>
              <TableHead>{t("models.columns.model")}</TableHead>
              <TableHead>{t("models.columns.images")}</TableHead>
              <TableHead className="text-right">{t("models.columns.window")}</TableHead>
              <TableHead className="text-right">{t("models.columns.weight")}</TableHead>
              <TableHead className="text-right">{t("models.columns.price")}</TableHead>
              <TableHead className="text-right">{t("models.columns.fallbacks")}</TableHead>
              <TableHead>
                <span className="sr-only">{t("edit")}</span>
              </TableHead>
            </TableRow>
          </TableHeader>
          <TableBody>
            {rows.map((row) => (
              <ModelRow key={`${row.name}/${row.index}`} {...row} />
            ))}
          </TableBody>
        </Table>
      )}
    </SectionCard>
  );
}

function MapCard() {
  const { t } = useTranslation("config");
  const { draft } = useConfigDraft();
  const field = useField<Record<string, string>>(["model_map"]);
  const ids = (draft.providers ?? []).flatMap((provider) => (provider.id ? [provider.id] : []));
  return (
    <SectionCard title={t("models.map")} description={t("models.mapAbout")}>
      <FieldFrame field={field} label={t("models.mapLabel")}>
        {(wires) => (
          <div {...wires} role="group" aria-label={t("models.mapLabel")}>
            <PairsEditor
              value={field.value ?? {}}
              onChange={field.set}
              disabled={!field.editable}
              nameLabel={t("models.mapName")}
              valueLabel={t("models.mapProvider")}
              addLabel={t("add")}
              control={(name, value, set) => (
                <Select value={value} onValueChange={set} disabled={!field.editable}>
                  <SelectTrigger className="w-full" aria-label={`${t("models.mapProvider")}: ${name}`}>
                    <SelectValue placeholder={t("models.mapChoose")} />
                  </SelectTrigger>
                  <SelectContent>
                    {[...new Set([...ids, value])].filter((id) => id !== "").map((id) => (
                      <SelectItem key={id} value={id}>
                        {id}
                      </SelectItem>
                    ))}
                  </SelectContent>
                </Select>
              )}
            />
          </div>
        )}
      </FieldFrame>
    </SectionCard>
  );
}

export function ModelsSection() {
  const { draft } = useConfigDraft();
  const { search, show } = usePlace();
  const open = elementOf(search.field, "models");
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
      <FactsCard />
      <MapCard />
      {open !== undefined && draft.models?.[open] && <ModelSheet index={open} onClose={() => show("models")} />}
    </div>
  );
}
