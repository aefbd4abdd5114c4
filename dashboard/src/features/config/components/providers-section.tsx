import { KeyRound, Plus, Server, ShieldAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import { EmptyState } from "@/components/empty-state";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { DropdownMenu, DropdownMenuContent, DropdownMenuItem, DropdownMenuLabel, DropdownMenuSeparator, DropdownMenuTrigger } from "@/components/ui/dropdown-menu";
import { FormField } from "@/components/ui/form-field";
import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from "@/components/ui/select";
import { isHint, isReference, type Provider, setIn, useConfigDraft } from "@/lib/config-draft";
import { useEditable, useField, usePlace } from "../data/use-config";
import { usesOf } from "../lib/models";
import { elementOf } from "../lib/sections";
import { freeId, type ProviderTemplate, TEMPLATES } from "../lib/templates";
import { ChangedDot } from "./field-frame";
import { ProblemCount } from "./problem-count";
import { ProviderSheet } from "./provider-sheet";

function AddProvider() {
  const { t } = useTranslation("config");
  const { draft, update } = useConfigDraft();
  const { show } = usePlace();
  const editable = useEditable();
  const add = (template?: ProviderTemplate) => {
    const list = draft.providers ?? [];
    const id = freeId(list.map((provider) => provider.id), template?.id ?? "provider");
    const provider: Provider = { id, ...(template ? { base_url: template.baseUrl } : {}) };
    update((doc) => setIn(doc, ["providers"], [...list, provider]));
    show("providers", { field: `providers[${list.length}]` });
  };
  const item = (template: ProviderTemplate) => (
    <DropdownMenuItem key={template.id} onSelect={() => add(template)}>
      {template.title}
    </DropdownMenuItem>
  );
  return (
    <DropdownMenu>
      <DropdownMenuTrigger asChild>
        <Button disabled={!editable}>
          <Plus aria-hidden />
          {t("providers.add")}
        </Button>
      </DropdownMenuTrigger>
      <DropdownMenuContent align="end" className="max-h-[min(28rem,70vh)] overflow-y-auto">
        <DropdownMenuLabel>{t("providers.hosted")}</DropdownMenuLabel>
        {TEMPLATES.filter((template) => !template.local).map(item)}
        <DropdownMenuSeparator />
        <DropdownMenuLabel>{t("providers.local")}</DropdownMenuLabel>
        {TEMPLATES.filter((template) => template.local).map(item)}
        <DropdownMenuSeparator />
        <DropdownMenuItem onSelect={() => add()}>{t("providers.other")}</DropdownMenuItem>
      </DropdownMenuContent>
    </DropdownMenu>
  );
}

function KeyState({ provider }: { provider: Provider }) {
  const { t } = useTranslation("config");
  const key = provider.api_key;
  if (!key) return <span className="text-muted-foreground">{t("providers.noKey")}</span>;
  const text = isHint(key) || isReference(key) ? key : t("providers.newKey");
  return (
    <span className="inline-flex min-w-0 items-center gap-1.5">
      <KeyRound aria-hidden className="size-3.5 shrink-0 text-muted-foreground" />
      <span className="truncate font-mono text-xs">{text}</span>
    </span>
  );
}

function ProviderRow({ index }: { index: number }) {
  const { t } = useTranslation("config");
  const { draft } = useConfigDraft();
  const { show } = usePlace();
  const field = useField<Provider>(["providers", index]);
  const provider = field.value ?? {};
  const id = provider.id ?? "";
  const isDefault = (draft.default_provider ?? draft.providers?.[0]?.id) === id;
  return (
    <li data-config-path={`providers[${index}]`} className="scroll-mt-24">
      <button
        type="button"
        onClick={() => show("providers", { field: `providers[${index}]` })}
        className="focus-ring grid w-full grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 gap-y-1 rounded-lg px-4 py-3 text-left hover:bg-accent/50 md:grid-cols-[minmax(0,1.1fr)_minmax(0,1.6fr)_minmax(0,1fr)_auto]"
      >
        <span className="flex min-w-0 items-center gap-2 text-sm font-medium">
          <span className="truncate">{id || t("providers.new")}</span>
          {isDefault && <Badge variant="secondary">{t("providers.default")}</Badge>}
          {field.changed && <ChangedDot />}
        </span>
        <span className="col-start-1 flex min-w-0 items-center gap-1.5 text-sm text-muted-foreground md:col-start-auto">
          {provider.tls_verify === false && <ShieldAlert aria-label={t("providers.noTls")} className="size-4 shrink-0 text-warn" />}
          <span className="truncate font-mono text-xs">{provider.base_url || t("providers.noUrl")}</span>
        </span>
        <span className="col-start-1 min-w-0 text-sm md:col-start-auto">
          <KeyState provider={provider} />
        </span>
        <span className="col-start-2 row-start-1 flex items-center gap-3 text-xs whitespace-nowrap text-muted-foreground tabular-nums md:col-start-auto md:row-start-auto">
          <ProblemCount problems={field.problems} />
          {t("providers.models", { count: new Set(usesOf(draft, id).map((use) => use.name)).size })}
        </span>
      </button>
    </li>
  );
}

function DefaultProvider() {
  const { t } = useTranslation("config");
  const field = useField<string>(["default_provider"]);
  const { draft } = useConfigDraft();
  const ids = (draft.providers ?? []).flatMap((provider) => (provider.id ? [provider.id] : []));
  const value = field.value ?? ids[0] ?? "";
  const error = field.problems[0]?.message;
  return (
    <div data-config-path="default_provider" className="max-w-sm">
      <FormField label={t("fields.default_provider.label")} hint={t("fields.default_provider.hint")} error={error}>
        {(wires) => (
          <Select value={value} onValueChange={field.set} disabled={!field.editable}>
            <SelectTrigger {...wires} className="w-full">
              <SelectValue />
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
      </FormField>
    </div>
  );
}

export function ProvidersSection() {
  const { t } = useTranslation("config");
  const { draft } = useConfigDraft();
  const { search, show } = usePlace();
  const providers = draft.providers ?? [];
  const open = elementOf(search.field, "providers");
  if (providers.length === 0) return <EmptyState icon={Server} title={t("providers.emptyTitle")} description={t("providers.empty")} action={<AddProvider />} />;
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-5">
      <div className="flex justify-end">
        <AddProvider />
      </div>
      <Card className="py-1">
        <ul aria-label={t("sections.providers")} className="divide-y">
          {providers.map((provider, index) => (
            // oxlint-disable-next-line react/no-array-index-key -- ids may be missing or the same while they are typed
            <ProviderRow key={`${index}/${provider.id ?? ""}`} index={index} />
          ))}
        </ul>
      </Card>
      <DefaultProvider />
      {open !== undefined && providers[open] && <ProviderSheet index={open} onClose={() => show("providers")} />}
    </div>
  );
}
