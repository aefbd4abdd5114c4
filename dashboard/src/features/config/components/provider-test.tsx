import { CircleCheck, CircleX, PlugZap, Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { DropdownMenu, DropdownMenuContent, DropdownMenuItem, DropdownMenuTrigger } from "@/components/ui/dropdown-menu";
import { Input } from "@/components/ui/input";
import type { TestProviderResponse } from "@/gen/smartroute/v1/admin_pb";
import { useFormat } from "@/hooks/use-format";
import { errorText } from "@/lib/error-text";
import { draftText, setIn, type TierName, TIERS, useConfigDraft } from "@/lib/config-draft";
import { useProviderTest } from "../data/queries";
import { useEditable } from "../data/use-config";

const MOST_SHOWN = 100;

function Facts({ result }: { result: TestProviderResponse }) {
  const { t } = useTranslation("config");
  const format = useFormat();
  const facts: [string, string][] = [
    [t("test.step"), result.ok ? "" : t(`test.steps.${result.step}`, { defaultValue: result.step })],
    [t("test.address"), result.address],
    [t("test.status"), result.status === 0 ? "" : String(result.status)],
    [t("test.connect"), result.connectMs === 0 ? "" : format.duration(result.connectMs)],
    [t("test.firstByte"), result.firstByteMs === 0 ? "" : format.duration(result.firstByteMs)],
    [t("test.tls"), result.tls],
  ];
  return (
    <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1 text-xs">
      {facts
        .filter(([, value]) => value !== "")
        .map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="text-muted-foreground">{name}</dt>
            <dd className="font-mono break-words tabular-nums">{value}</dd>
          </div>
        ))}
    </dl>
  );
}

/** The models a provider lists; each goes into a tier by one click. */
export function OfferedModels({ provider, models }: { provider: string; models: readonly string[] }) {
  const { t } = useTranslation("config");
  const { draft, update } = useConfigDraft();
  const editable = useEditable();
  const [sought, setSought] = useState("");
  const found = models.filter((model) => model.toLowerCase().includes(sought.toLowerCase()));
  const add = (tier: TierName, name: string) => update((doc) => setIn(doc, ["tiers", tier, "models"], [...(doc.tiers?.[tier]?.models ?? []), name]));
  const tiersOf = (name: string) => TIERS.filter((tier) => draft.tiers?.[tier]?.models?.includes(name));
  return (
    <div className="grid gap-2">
      <Input aria-label={t("test.seek", { count: models.length })} placeholder={t("test.seek", { count: models.length })} value={sought} onChange={(event) => setSought(event.target.value)} />
      <ul className="grid max-h-64 gap-0.5 overflow-y-auto rounded-md border p-1" aria-label={t("test.models")}>
        {found.slice(0, MOST_SHOWN).map((model) => {
          const name = `${provider}/${model}`;
          const there = tiersOf(name);
          return (
            <li key={model} className="flex items-center gap-2 rounded px-2 py-1 text-[0.8125rem] hover:bg-accent/60">
              <span className="min-w-0 flex-1 truncate font-mono">{model}</span>
              {there.length > 0 && <span className="text-xs text-muted-foreground">{there.join(", ").toUpperCase()}</span>}
              <DropdownMenu>
                <DropdownMenuTrigger asChild>
                  <Button variant="outline" size="sm" className="h-7 px-2" disabled={!editable} aria-label={t("test.addTo", { model })}>
                    <Plus aria-hidden />
                    {t("test.add")}
                  </Button>
                </DropdownMenuTrigger>
                <DropdownMenuContent align="end">
                  {TIERS.map((tier) => (
                    <DropdownMenuItem key={tier} disabled={there.includes(tier)} onSelect={() => add(tier, name)}>
                      {t("test.toTier", { tier: tier.toUpperCase() })}
                    </DropdownMenuItem>
                  ))}
                </DropdownMenuContent>
              </DropdownMenu>
            </li>
          );
        })}
        {found.length > MOST_SHOWN && <li className="px-2 py-1 text-xs text-muted-foreground">{t("test.moreModels", { count: found.length - MOST_SHOWN })}</li>}
        {found.length === 0 && <li className="px-2 py-1 text-xs text-muted-foreground">{t("test.noModels")}</li>}
      </ul>
    </div>
  );
}

/** Calls the provider as the draft has it: does it answer, how fast, with which models? */
export function ProviderTest({ provider }: { provider: string }) {
  const { t } = useTranslation("config");
  const { t: common } = useTranslation("common");
  const editable = useEditable();
  const test = useProviderTest();
  const result = test.data;
  const Icon = result?.ok ? CircleCheck : CircleX;
  return (
    <div className="grid gap-3 rounded-lg border bg-muted/40 p-3">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <p className="text-sm font-medium">{t("test.title")}</p>
        <Button variant="outline" size="sm" disabled={!editable || test.isPending || provider === ""} aria-busy={test.isPending} onClick={() => test.mutate({ text: draftText(), provider })}>
          <PlugZap aria-hidden />
          {t(test.isPending ? "test.running" : "test.run")}
        </Button>
      </div>
      <div role="status" className="contents">
        {test.isError && <p className="text-sm break-words text-bad">{errorText(test.error, common)}</p>}
        {result && (
          <>
            <p className={`flex items-start gap-2 text-sm ${result.ok ? "text-good" : "text-bad"}`}>
              <Icon aria-hidden className="mt-0.5 size-4 shrink-0" />
              <span className="min-w-0 break-words">{result.message || t(result.ok ? "test.ok" : "test.failed")}</span>
            </p>
            <Facts result={result} />
          </>
        )}
        {!result && !test.isError && <p className="text-xs text-muted-foreground">{t("test.about")}</p>}
      </div>
      {result && result.models.length > 0 && <OfferedModels provider={provider} models={result.models} />}
    </div>
  );
}
