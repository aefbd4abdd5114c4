import { useTranslation } from "react-i18next";
import { TierBadge } from "@/components/tier-badge";

const others = new Set(["named", "refused", "other"]);

/** A tier, or what there is instead of one: a model was named, the request refused, or too many kinds to list. */
export function TierName({ name }: { name: string }) {
  const { t } = useTranslation("what-if");
  if (others.has(name)) return <span>{t(`tiers.${name}`)}</span>;
  return <TierBadge tier={name} />;
}

export function ModelName({ name }: { name: string }) {
  const { t } = useTranslation("what-if");
  if (name === "refused" || name === "other") return <span>{t(`models.${name}`)}</span>;
  return (
    <span className="block truncate font-mono text-[0.8125rem]" title={name}>
      {name === "" ? t("models.none") : name}
    </span>
  );
}
