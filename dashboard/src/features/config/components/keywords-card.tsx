import { useTranslation } from "react-i18next";
import { SectionCard, SectionHeading } from "./section-card";
import { TagsField } from "./tags-field";

const DECIDE = ["t1", "t2", "t3"] as const;
const RAISE = ["at_least_t2", "at_least_t3"] as const;

export function KeywordsCard() {
  const { t } = useTranslation("config");
  return (
    <SectionCard title={t("router.keywords")} description={t("router.keywordsAbout")}>
      {DECIDE.map((name) => (
        <TagsField key={name} path={["router", "keywords", name]} form="keywords" placeholder={t(`router.keywordExample.${name}`)} />
      ))}
      <SectionHeading title={t("router.minimums")} description={t("router.minimumsAbout")} />
      {RAISE.map((name) => (
        <TagsField key={name} path={["router", "keywords", name]} form="keywords" placeholder={t("router.patternPlaceholder")} />
      ))}
    </SectionCard>
  );
}
