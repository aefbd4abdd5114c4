import { useTranslation } from "react-i18next";
import { Badge } from "@/components/ui/badge";

const tiers = ["t1", "t2", "t3"] as const;
type TierBadgeProps = { tier: string; className?: string };

/** T1, T2, T3; a dash where a model was named instead. */
export function TierBadge({ tier, className }: TierBadgeProps) {
  const { t } = useTranslation("common");
  const known = tiers.find((one) => one === tier.toLowerCase());
  if (!known) {
    return (
      <Badge variant="outline" className={className} title={t("tierNoneHint")}>
        {tier || t("tierNone")}
      </Badge>
    );
  }
  return (
    <Badge variant={known} className={className} title={t(`tierHint.${known}`)}>
      {known.toUpperCase()}
    </Badge>
  );
}
