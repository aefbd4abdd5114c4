import { useTranslation } from "react-i18next";
import { Tabs, TabsContent, TabsList, TabsTrigger } from "@/components/ui/tabs";
import type { RequestRecord } from "@/gen/smartroute/v1/telemetry_pb";
import { AttemptTrace } from "./attempt-trace";
import { BodyView } from "./body-view";
import { CostCard } from "./cost-card";
import type { Steps } from "./record-drawer";
import { RecordFacts } from "./record-facts";
import { RecordHead } from "./record-head";
import { RawRecord } from "./raw-record";
import { ReplayCard } from "./replay-card";
import { TimeWaterfall } from "./time-waterfall";
import { TokensCard } from "./tokens-card";
import { WhyRoute, WhySentences } from "./why-route";

type RecordDetailProps = {
  record: RequestRecord;
  bodiesKept: boolean;
  steps: Steps;
  onFilter: (change: Record<string, string>) => void;
};
const tabs = ["overview", "request", "response", "route", "raw"] as const;

export function RecordDetail({ record, bodiesKept, steps, onFilter }: RecordDetailProps) {
  const { t } = useTranslation("logs");
  return (
    <Tabs defaultValue="overview" className="min-h-0 flex-1 gap-0">
      <RecordHead record={record} steps={steps} />
      <TabsList className="mx-4 mb-2 w-auto shrink-0 justify-start" aria-label={t("record")}>
        {tabs.map((tab) => (
          <TabsTrigger key={tab} value={tab}>
            {t(`tab.${tab}`)}
          </TabsTrigger>
        ))}
      </TabsList>
      <div className="min-h-0 flex-1 overflow-y-auto border-t p-4">
        <TabsContent value="overview" className="grid gap-4">
          <WhySentences record={record} />
          <AttemptTrace record={record} />
          <TimeWaterfall record={record} />
          <div className="grid items-start gap-4 sm:grid-cols-2">
            <TokensCard record={record} />
            <CostCard record={record} />
          </div>
          <RecordFacts record={record} onFilter={onFilter} />
        </TabsContent>
        <TabsContent value="request">
          <BodyView record={record} side="request" bodiesKept={bodiesKept} />
        </TabsContent>
        <TabsContent value="response">
          <BodyView record={record} side="response" bodiesKept={bodiesKept} />
        </TabsContent>
        <TabsContent value="route" className="grid gap-4">
          <WhySentences record={record} />
          <ReplayCard key={record.recordId} record={record} />
          <WhyRoute record={record} />
        </TabsContent>
        <TabsContent value="raw">
          <RawRecord record={record} />
        </TabsContent>
      </div>
    </Tabs>
  );
}
