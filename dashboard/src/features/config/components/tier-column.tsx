import { useTranslation } from "react-i18next";
import { Card, CardContent, CardHeader, CardTitle } from "@/components/ui/card";
import { TierBadge } from "@/components/tier-badge";
import { setIn, type TierName, useConfigDraft } from "@/lib/config-draft";
import { cn } from "@/lib/utils";
import { useEditable, useField, usePlace } from "../data/use-config";
import { TIMEOUTS } from "../lib/fields";
import type { Arranging } from "../data/use-arranging";
import { ConfigField } from "./config-field";
import { ChangedDot, ProblemTexts, Warnings } from "./field-frame";
import { ModelPicker } from "./model-picker";
import { Folded } from "./section-card";
import { TierModel } from "./tier-model";

function TierSettings({ tier }: { tier: TierName }) {
  const { t } = useTranslation("config");
  const { search } = usePlace();
  const inside = search.field?.startsWith(`tiers.${tier}.`) && !search.field.startsWith(`tiers.${tier}.models`) && !search.field.startsWith(`tiers.${tier}.strategy`);
  return (
    <Folded title={t("tiers.more")} open={inside ?? false}>
      {(["max_attempts", "rounds", "guarantee", "on_break"] as const).map((name) => (
        <ConfigField key={name} path={["tiers", tier, name]} />
      ))}
      <div className="grid grid-cols-2 gap-x-3 gap-y-5">
        {TIMEOUTS.map((name) => (
          <ConfigField key={name} path={["tiers", tier, "timeouts", name]} />
        ))}
        <ConfigField path={["tiers", tier, "hold_back", "bytes"]} />
        <ConfigField path={["tiers", tier, "hold_back", "time"]} />
      </div>
    </Folded>
  );
}

/** One tier: its models in order, how they are picked, and all its settings. */
export function TierColumn({ tier, arranging }: { tier: TierName; arranging: Arranging }) {
  const { t } = useTranslation("config");
  const { update } = useConfigDraft();
  const editable = useEditable();
  const field = useField<string[]>(["tiers", tier, "models"]);
  const whole = useField<object>(["tiers", tier]);
  const problems = whole.problems.filter((problem) => problem.path === `tiers.${tier}` || problem.path === `tiers.${tier}.models`);
  const errors = problems.filter((problem) => problem.severity === "error");
  const models = arranging.lists[tier];
  const setModels = (next: string[]) => update((doc) => setIn(doc, ["tiers", tier, "models"], next.length === 0 ? undefined : next));
  const seen = new Map<string, number>();
  return (
    <Card data-config-path={`tiers.${tier}`} className="scroll-mt-24 content-start">
      <CardHeader>
        <CardTitle className="flex items-center gap-2">
          <TierBadge tier={tier} />
          {t(`tiers.title.${tier}`)}
          {field.changed && <ChangedDot />}
        </CardTitle>
        <p className="text-sm text-muted-foreground lg:min-h-10">{t(`tiers.about.${tier}`)}</p>
      </CardHeader>
      <CardContent className="grid grid-cols-[minmax(0,1fr)] gap-4">
        <div className={cn("grid grid-cols-[minmax(0,1fr)] gap-1.5 rounded-lg", arranging.lifted && "outline-2 outline-offset-4 outline-dashed outline-border")} data-tier={tier} data-index={models.length}>
          <ol className="grid grid-cols-[minmax(0,1fr)] gap-1.5" aria-label={t("tiers.list", { tier: tier.toUpperCase() })}>
            {models.map((name, index) => {
              const turn = (seen.get(name) ?? 0) + 1;
              seen.set(name, turn);
              return (
                <TierModel
                  key={`${name}#${turn}`}
                  name={name}
                  spot={{ tier, index }}
                  lifted={arranging.lifted?.to.tier === tier && arranging.lifted.to.index === index}
                  onLift={(event) => arranging.onLift(event, { tier, index })}
                  onKey={(event) => arranging.onKey(event, { tier, index })}
                  onRemove={() => setModels(models.filter((_, i) => i !== index))}
                />
              );
            })}
          </ol>
          {models.length === 0 && <p className="rounded-lg border border-dashed px-3 py-4 text-center text-sm text-muted-foreground">{t("tiers.empty")}</p>}
          {editable && <ModelPicker label={t("tiers.add")} without={models} onPick={(model) => setModels([...models, model])} />}
          {errors.length > 0 && (
            <p role="alert" className="text-xs font-medium text-bad">
              <ProblemTexts problems={errors} />
            </p>
          )}
          <span className="text-xs">
            <Warnings problems={problems.filter((problem) => problem.severity === "warning")} />
          </span>
        </div>
        <ConfigField path={["tiers", tier, "strategy"]} />
        <TierSettings tier={tier} />
      </CardContent>
    </Card>
  );
}
