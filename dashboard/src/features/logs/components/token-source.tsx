import { CircleCheckBig, Ruler, Sigma } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Badge } from "@/components/ui/badge";
import type { RequestRecord } from "@/gen/smartroute/v1/telemetry_pb";
import { useFormat } from "@/hooks/use-format";
import { type SourceName, tokenSource } from "../lib/measures";

const icons = { upstream: CircleCheckBig, local: Sigma, estimate: Ruler };

/** Who counted: the provider, this gateway with the model's tokenizer, or nobody (an estimate). */
export function SourceBadge({ source }: { source: SourceName }) {
  const { t } = useTranslation("logs");
  const Icon = icons[source];
  return (
    <Badge variant={source === "estimate" ? "warn" : "secondary"} title={t(`source.${source}Hint`)}>
      <Icon aria-hidden />
      {t(`source.${source}`)}
    </Badge>
  );
}

/** Tokens in and out, with a mark of who counted. */
export function TokenPair({ record }: { record: RequestRecord }) {
  const { t } = useTranslation("logs");
  const format = useFormat();
  const source = tokenSource(record);
  if (!source) return <span className="text-muted-foreground">–</span>;
  const Icon = icons[source];
  const amount = (count: bigint | undefined) => (count === undefined ? "–" : format.tokens(count));
  return (
    <span className="inline-flex items-center gap-1.5 whitespace-nowrap tabular-nums" title={t(`source.${source}Hint`)}>
      <span>
        {amount(record.promptTokens?.count)}
        <span className="text-muted-foreground" aria-hidden>
          {" → "}
        </span>
        <span className="sr-only"> {t("tokensTo")} </span>
        {amount(record.completionTokens?.count)}
      </span>
      <Icon aria-hidden className={source === "estimate" ? "size-3 text-warn" : "size-3 text-muted-foreground"} />
      <span className="sr-only">{t(`source.${source}`)}</span>
    </span>
  );
}
