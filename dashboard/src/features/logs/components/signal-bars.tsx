import { useTranslation } from "react-i18next";
import type { RouteSignal } from "@/gen/smartroute/v1/telemetry_pb";
import { useFormat } from "@/hooks/use-format";
import { known } from "../lib/known";

/** What moved the classifier, to the chosen tier or away from it. */
export function SignalBars({ signals }: { signals: readonly RouteSignal[] }) {
  const { t } = useTranslation("logs");
  const format = useFormat();
  const most = Math.max(...signals.map(({ weight }) => Math.abs(weight)), 1e-9);
  return (
    <>
      <h4 className="mt-4 mb-1 text-xs font-medium text-muted-foreground">{t("why.signals")}</h4>
      <ul className="grid gap-1">
        {signals.map(({ what, weight }) => {
          const [, pool = "", text = what] = /^(\w+): (.*)$/s.exec(what) ?? [];
          const kind = known.pools.has(pool) ? t(`pool.${pool}`) : pool;
          return (
            <li key={what} className="grid grid-cols-[minmax(0,1fr)_6rem_3rem] items-center gap-2 text-xs">
              <span className="truncate" title={text}>
                <span className="text-muted-foreground">{kind} </span>
                <code>{text}</code>
              </span>
              <span aria-hidden className="relative h-2 rounded bg-muted">
                <span
                  className={`absolute inset-y-0 rounded-sm ${weight >= 0 ? "left-1/2 bg-good" : "right-1/2 bg-bad"}`}
                  style={{ width: `${(Math.abs(weight) / most) * 50}%` }}
                />
              </span>
              <span className="text-right tabular-nums">
                {weight >= 0 ? "+" : "−"}
                {format.number(Math.abs(weight), 2)}
              </span>
            </li>
          );
        })}
      </ul>
    </>
  );
}
