import type { Place } from "../lib/sections";
import { GeneralSection } from "./general-section";
import { HealthSection } from "./health-section";
import { HistorySection } from "./history-section";
import { ModelsSection } from "./models-section";
import { ParamsSection } from "./params-section";
import { ProvidersSection } from "./providers-section";
import { RetrySection } from "./retry-section";
import { RouterSection } from "./router-section";
import { TiersSection } from "./tiers-section";
import { YamlSection } from "./yaml-section";

const CONTENT = {
  tiers: TiersSection,
  router: RouterSection,
  providers: ProvidersSection,
  models: ModelsSection,
  retry: RetrySection,
  health: HealthSection,
  params: ParamsSection,
  general: GeneralSection,
  history: HistorySection,
  yaml: YamlSection,
} as const;

export function SectionContent({ section }: { section: Place }) {
  const Content = CONTENT[section];
  return <Content />;
}
