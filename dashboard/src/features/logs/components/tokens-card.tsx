import { Hash } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Unit } from "@/components/unit";
import type { RequestRecord, TokenCount, TokenDetails } from "@/gen/smartroute/v1/telemetry_pb";
import { useFormat } from "@/hooks/use-format";
import { sourceOf, tokensPerSecond } from "../lib/measures";
import { Fact, SectionCard } from "./section-card";
import { SourceBadge } from "./token-source";

const inputs = ["cached", "cacheWrite", "audioInput", "toolPrompt"] as const;
const outputs = ["reasoning", "audioOutput", "acceptedPrediction", "rejectedPrediction"] as const;

export function TokensCard({ record }: { record: RequestRecord }) {
  const { t } = useTranslation("logs");
  const format = useFormat();
  const speed = tokensPerSecond(record);
  return (
    <SectionCard icon={Hash} title={t("tokens.title")}>
      <dl className="divide-y divide-border/60">
        <Count name={t("tokens.input")} tokens={record.promptTokens} />
        <Details details={record.tokenDetails} names={inputs} />
        <Count name={t("tokens.output")} tokens={record.completionTokens} />
        <Details details={record.tokenDetails} names={outputs} />
        {speed !== undefined && (
          <Fact name={t("column.speed")}>
            <Unit value={format.number(speed, 1)} unit={t("perSecond")} />
          </Fact>
        )}
      </dl>
    </SectionCard>
  );
}

function Count({ name, tokens }: { name: string; tokens: TokenCount | undefined }) {
  const { t } = useTranslation("logs");
  const format = useFormat();
  const source = sourceOf(tokens);
  return (
    <Fact name={name}>
      <span className="inline-flex items-center gap-2 font-medium tabular-nums">
        {source && <SourceBadge source={source} />}
        {tokens ? format.number(tokens.count) : <span className="font-normal text-muted-foreground">{t("unknown")}</span>}
      </span>
    </Fact>
  );
}

type DetailName = (typeof inputs)[number] | (typeof outputs)[number];

function Details({ details, names }: { details: TokenDetails | undefined; names: readonly DetailName[] }) {
  const { t } = useTranslation("logs");
  const format = useFormat();
  return names
    .filter((name) => details && details[name] > 0n)
    .map((name) => (
      <Fact key={name} name={<span className="pl-3">{t(`tokens.${name}`)}</span>}>
        <span className="tabular-nums">{format.number(details?.[name] ?? 0n)}</span>
      </Fact>
    ));
}
