import { GripVertical, TriangleAlert, X } from "lucide-react";
import type { KeyboardEvent, PointerEvent } from "react";
import { useTranslation } from "react-i18next";
import { ProviderTag } from "@/components/provider-tag";
import { useConfigDraft } from "@/lib/config-draft";
import { cn } from "@/lib/utils";
import { useEditable } from "../data/use-config";
import type { Spot } from "../lib/arrange";
import { readName } from "../lib/models";

interface TierModelProps {
  name: string;
  spot: Spot;
  lifted: boolean;
  onLift: (event: PointerEvent) => void;
  onKey: (event: KeyboardEvent) => void;
  onRemove: () => void;
}

function Grip({ name, spot, lifted, onLift, onKey }: Omit<TierModelProps, "onRemove">) {
  const { t } = useTranslation("config");
  return (
    <button
      type="button"
      ref={(button) => {
        // A model that moved to another list is a new element; the keys must go on working.
        if (lifted) button?.focus();
      }}
      className="focus-ring -ml-1 cursor-grab touch-none rounded p-1 text-muted-foreground hover:text-foreground active:cursor-grabbing"
      aria-label={t("tiers.grip", { model: name, position: spot.index + 1, tier: spot.tier.toUpperCase() })}
      aria-describedby="tiers-keys"
      aria-pressed={lifted}
      onPointerDown={onLift}
      onKeyDown={onKey}
    >
      <GripVertical aria-hidden className="size-4" />
    </button>
  );
}

/** One model of a tier's list. */
export function TierModel(props: TierModelProps) {
  const { name, spot, lifted, onRemove } = props;
  const { t } = useTranslation("config");
  const { draft, problems } = useConfigDraft();
  const editable = useEditable();
  const path = `tiers.${spot.tier}.models[${spot.index}]`;
  const problem = problems.find((one) => one.path === path);
  const { provider, model } = readName(draft, name);
  return (
    <li
      data-tier={spot.tier}
      data-index={spot.index}
      data-config-path={path}
      className={cn(
        "scroll-mt-24 rounded-lg border bg-background px-2 py-1.5 transition-shadow",
        lifted && "border-primary bg-accent shadow-md",
        problem?.severity === "error" && "border-bad",
      )}
    >
      <div className="flex items-center gap-1.5">
        {editable && <Grip {...props} />}
        <span aria-hidden className="w-4 shrink-0 text-right text-xs text-muted-foreground tabular-nums">
          {spot.index + 1}
        </span>
        <span className="flex min-w-0 flex-1">
          <ProviderTag provider={provider} model={model} />
        </span>
        {editable && (
          <button type="button" onClick={onRemove} className="focus-ring rounded p-1 text-muted-foreground hover:text-foreground" aria-label={t("tiers.remove", { model: name, tier: spot.tier.toUpperCase() })}>
            <X aria-hidden className="size-4" />
          </button>
        )}
      </div>
      {problem && (
        <p className={cn("mt-1 flex items-start gap-1.5 text-xs break-words", problem.severity === "error" ? "text-bad" : "text-warn")}>
          <TriangleAlert aria-hidden className="mt-0.5 size-3.5 shrink-0" />
          <span className="min-w-0">
            {problem.message}
            {problem.nearest && ` (${t("nearest", { name: problem.nearest })})`}
          </span>
        </p>
      )}
    </li>
  );
}
