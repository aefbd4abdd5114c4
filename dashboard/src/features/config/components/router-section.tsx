import { useTranslation } from "react-i18next";
import { FieldGrid } from "./config-field";
import { JudgeCard } from "./judge-card";
import { KeywordsCard } from "./keywords-card";
import { ModeCards } from "./mode-cards";
import { SectionCard } from "./section-card";
import { ShareField } from "./share-field";
import { TryPrompt } from "./try-prompt";

const REST = (["default_tier", "no_candidate", "session_ttl", "long_context_tokens", "long_context_tier"] as const).map((name) => ["router", name]);

export function RouterSection() {
  const { t } = useTranslation("config");
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 xl:grid-cols-[minmax(0,1fr)_22rem]">
      <div className="grid gap-4 xl:sticky xl:top-20 xl:order-2">
        <TryPrompt />
      </div>
      <div className="grid min-w-0 gap-4">
        <ModeCards />
        <KeywordsCard />
        <SectionCard title={t("router.classifier")} description={t("router.classifierAbout")}>
          <ShareField path={["router", "min_confidence"]} />
        </SectionCard>
        <JudgeCard />
        <SectionCard title={t("router.rest")} description={t("router.restAbout")}>
          <FieldGrid paths={REST} />
        </SectionCard>
      </div>
    </div>
  );
}
