import { useTranslation } from "react-i18next";
import { cn } from "@/lib/utils";
import { minPasswordLength, type Strength } from "../lib/password-strength";

const filled: Record<Strength, number> = { short: 1, weak: 2, fair: 3, strong: 4 };
const tones: Record<Strength, string> = { short: "bg-bad", weak: "bg-warn", fair: "bg-chart-1", strong: "bg-good" };

/** How strong a password is, in bars and in words. */
export function StrengthHint({ strength }: { strength: Strength | undefined }) {
  const { t } = useTranslation("auth");
  return (
    <span className="grid gap-1.5 pt-0.5">
      <span aria-hidden className="grid grid-cols-4 gap-1">
        {[1, 2, 3, 4].map((bar) => (
          <span key={bar} className={cn("h-1 rounded-full bg-secondary transition-colors", strength && filled[strength] >= bar && tones[strength])} />
        ))}
      </span>
      <span aria-live="polite">{strength ? t(`strength.${strength}`, { count: minPasswordLength }) : t("strength.rule", { count: minPasswordLength })}</span>
    </span>
  );
}
