import { useTranslation } from "react-i18next";
import { COOLDOWNS, PENALTIES } from "../lib/fields";
import { FieldGrid } from "./config-field";
import { HealingChart } from "./healing-chart";
import { SectionCard } from "./section-card";

export function HealthSection() {
  const { t } = useTranslation("config");
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
      <SectionCard title={t("health.memory")} description={t("health.memoryAbout")}>
        <FieldGrid paths={[["health", "half_life"], ["health", "eject_after"]]} />
        <HealingChart />
      </SectionCard>
      <SectionCard title={t("health.penalties")} description={t("health.penaltiesAbout")}>
        <FieldGrid paths={PENALTIES.map((name) => ["health", "penalties", name])} />
      </SectionCard>
      <SectionCard title={t("health.cooldowns")} description={t("health.cooldownsAbout")}>
        <FieldGrid paths={COOLDOWNS.map((name) => ["health", "cooldowns", name])} />
      </SectionCard>
    </div>
  );
}
