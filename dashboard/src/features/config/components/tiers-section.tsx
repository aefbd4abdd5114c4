import { useTranslation } from "react-i18next";
import { TIERS } from "@/lib/config-draft";
import { useArranging } from "../data/use-arranging";
import { useField } from "../data/use-config";
import { ProblemTexts } from "./field-frame";
import { TierColumn } from "./tier-column";

export function TiersSection() {
  const { t } = useTranslation("config");
  const arranging = useArranging();
  const { problems } = useField<object>(["tiers"]);
  const whole = problems.filter((problem) => problem.path === "tiers");
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
      <p id="tiers-keys" className="text-sm text-muted-foreground">
        {t("tiers.keys")}
      </p>
      {whole.length > 0 && (
        <p role="alert" data-config-path="tiers" className="text-sm font-medium text-bad">
          <ProblemTexts problems={whole} />
        </p>
      )}
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 lg:grid-cols-[repeat(3,minmax(0,1fr))]">
        {TIERS.map((tier) => (
          <TierColumn key={tier} tier={tier} arranging={arranging} />
        ))}
      </div>
      <p aria-live="assertive" className="sr-only">
        {arranging.said}
      </p>
    </div>
  );
}
