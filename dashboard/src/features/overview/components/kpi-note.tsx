import { useTranslation } from "react-i18next";
import { useFormat } from "@/hooks/use-format";
import type { Figures } from "../lib/figures";
import type { KpiKey } from "../lib/kpis";

/** The line under a figure that says what it is made of. */
export function KpiNote({ kpi, figures }: { kpi: KpiKey; figures: Figures | undefined }) {
  const { t } = useTranslation("overview");
  const format = useFormat();
  if (!figures) return null;
  switch (kpi) {
    case "qps":
      return t("note.qps", { value: format.number(figures.qps, figures.qps < 10 ? 2 : 1) });
    case "errorRate":
      return t("note.errorRate", { failures: format.number(figures.failures), count: figures.failures });
    case "tokens":
      return <TokensNote figures={figures} />;
    case "cost":
      if (figures.unpriced === 0) return null;
      return t(figures.cost === undefined ? "note.allUnpriced" : "note.unpriced", { requests: format.number(figures.unpriced), count: figures.unpriced });
    case "saved":
      return <SavedNote figures={figures} />;
    default:
      return null;
  }
}

/** Less would round to a share beside which another is 100%. */
const leastShare = 0.0005;

function TokensNote({ figures: { tokens } }: { figures: Figures }) {
  const { t } = useTranslation("overview");
  const format = useFormat();
  const sources = (["upstream", "local", "estimate"] as const).filter((source) => tokens[source] / tokens.total >= leastShare);
  const shares = sources.map((source) => t(`note.source.${source}`, { share: format.percent(tokens[source] / tokens.total) }));
  return (
    <>
      <span className="block">{t("note.tokens", { prompt: format.compact(tokens.prompt), completion: format.compact(tokens.completion) })}</span>
      {shares.length > 0 && <span className="block">{shares.join(" · ")}</span>}
    </>
  );
}

function SavedNote({ figures: { saved, cost } }: { figures: Figures }) {
  const { t } = useTranslation("overview");
  const format = useFormat();
  if (saved === undefined || cost === undefined) return t("note.savedUnknown");
  if (saved < 0n) return t("note.savedLess");
  const whole = Number(saved + cost);
  return whole > 0 ? t("note.saved", { share: format.percent(Number(saved) / whole) }) : null;
}
