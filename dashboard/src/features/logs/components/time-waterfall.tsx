import { Timer } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Unit } from "@/components/unit";
import type { RequestRecord } from "@/gen/smartroute/v1/telemetry_pb";
import { useFormat } from "@/hooks/use-format";
import { msOf } from "../lib/measures";
import { placeOf, type PointName, waterfallOf } from "../lib/trace";
import { SectionCard } from "./section-card";

const tones: Record<PointName, string> = {
  received: "bg-chart-8",
  routed: "bg-chart-3",
  called: "bg-chart-2",
  first_byte: "bg-chart-4",
  completed: "bg-chart-1",
};

/** The five points of time, and what lies between them. */
export function TimeWaterfall({ record }: { record: RequestRecord }) {
  const { t } = useTranslation("logs");
  const format = useFormat();
  const { steps, totalMs, missing } = waterfallOf(record);
  return (
    <SectionCard icon={Timer} title={t("waterfall.title")} aside={<Unit value={format.duration(totalMs)} />}>
      <table className="w-full text-[0.8125rem]">
        <thead className="sr-only">
          <tr>
            <th scope="col">{t("waterfall.point")}</th>
            <th scope="col">{t("waterfall.between")}</th>
            <th scope="col">{t("waterfall.took")}</th>
            <th scope="col">{t("waterfall.at")}</th>
          </tr>
        </thead>
        <tbody>
          {steps.map((step) => {
            const { left, width } = placeOf(step.fromMs, step.tookMs, totalMs);
            return (
              <tr key={step.name}>
                <th scope="row" className="w-24 py-1 sm:w-36 pr-3 text-left font-normal">
                  {t(`point.${step.name}`)}
                </th>
                <td className="py-1">
                  <div className="relative h-3 rounded bg-muted" title={t(`phase.${step.name}`)}>
                    <span className={`absolute inset-y-0 rounded-sm ${tones[step.name]}`} style={{ left: `${left}%`, width: `${width}%` }} />
                  </div>
                  <span className="sr-only">{t(`phase.${step.name}`)}</span>
                </td>
                <td className="w-20 py-1 pl-3 text-right sm:w-24">{step.name === "received" ? "" : <>+<Unit value={format.duration(step.tookMs)} /></>}</td>
                <td className="hidden w-28 py-1 pl-3 text-right text-muted-foreground tabular-nums sm:table-cell">{format.timeMs(msOf(step.atUs))}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {missing.length > 0 && (
        <p className="mt-2 text-xs text-muted-foreground">{t("waterfall.missing", { points: missing.map((name) => t(`point.${name}`)).join(", ") })}</p>
      )}
    </SectionCard>
  );
}
