import { ArrowDown, ArrowUp } from "lucide-react";
import { useTranslation } from "react-i18next";
import { TierBadge } from "@/components/tier-badge";
import { Button } from "@/components/ui/button";
import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from "@/components/ui/select";
import { type TierName, useConfigDraft } from "@/lib/config-draft";
import { moveModel, setStrategy, settingOf, strategies } from "../lib/knobs";

interface StepProps {
  tier: TierName;
  model: string;
  index: number;
  by: -1 | 1;
  disabled: boolean;
}

function Step({ tier, model, index, by, disabled }: StepProps) {
  const { t } = useTranslation("what-if");
  const { update } = useConfigDraft();
  const Icon = by < 0 ? ArrowUp : ArrowDown;
  return (
    <Button variant="ghost" size="icon" className="size-7" disabled={disabled} aria-label={t(by < 0 ? "knobs.earlier" : "knobs.later", { model })} onClick={() => update((doc) => moveModel(doc, tier, index, by))}>
      <Icon aria-hidden />
    </Button>
  );
}

/** Order and strategy of one tier's models. */
export function TierKnobs({ tier }: { tier: TierName }) {
  const { t } = useTranslation("what-if");
  const { draft, effective, update } = useConfigDraft();
  const models = draft.tiers?.[tier]?.models ?? [];
  const strategy = settingOf(draft, effective, ["tiers", tier, "strategy"], "sequential");
  return (
    <section className="grid gap-2" aria-label={tier.toUpperCase()}>
      <div className="flex items-center justify-between gap-2">
        <TierBadge tier={tier} />
        <Select value={strategy} onValueChange={(value) => update((doc) => setStrategy(doc, tier, value))}>
          <SelectTrigger size="sm" aria-label={t("knobs.strategyOf", { tier: tier.toUpperCase() })}>
            <SelectValue />
          </SelectTrigger>
          <SelectContent>
            {strategies.map((one) => (
              <SelectItem key={one} value={one}>
                {t(`strategies.${one}`)}
              </SelectItem>
            ))}
          </SelectContent>
        </Select>
      </div>
      {models.length === 0 && <p className="text-sm text-muted-foreground">{t("knobs.noModels")}</p>}
      <ol className="grid gap-1">
        {models.map((model, index) => (
          <li key={model} className="flex items-center gap-1 rounded-md border bg-muted/40 pl-3">
            <span className="min-w-0 flex-1 truncate font-mono text-xs" title={model}>
              {model}
            </span>
            <Step tier={tier} model={model} index={index} by={-1} disabled={index === 0} />
            <Step tier={tier} model={model} index={index} by={1} disabled={index === models.length - 1} />
          </li>
        ))}
      </ol>
    </section>
  );
}
