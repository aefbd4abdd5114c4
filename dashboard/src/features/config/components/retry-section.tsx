import { useTranslation } from "react-i18next";
import { ConfigField, FieldGrid } from "./config-field";
import { SectionCard } from "./section-card";
import { TagsField } from "./tags-field";

export function RetrySection() {
  const { t } = useTranslation("config");
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
      <SectionCard title={t("retry.when")} description={t("retry.whenAbout")}>
        <TagsField path={["retry", "status_codes"]} form="numbers" />
        <TagsField path={["retry", "error_keywords"]} form="words" />
        <div className="grid gap-5 sm:grid-cols-2">
          <ConfigField path={["retry", "retry_on_empty"]} />
          <ConfigField path={["retry", "on_content_policy"]} />
        </div>
      </SectionCard>
      <SectionCard title={t("retry.budget")} description={t("retry.budgetAbout")}>
        <FieldGrid paths={[["retry", "budget_percent"], ["retry", "budget_floor"], ["retry", "max_wait"]]} />
      </SectionCard>
    </div>
  );
}
