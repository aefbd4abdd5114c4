import { useTranslation } from "react-i18next";
import { type ChartColor, cssColor } from "@/components/charts/chart-colors";
import { useFormat } from "@/hooks/use-format";
import type { HealthState } from "../lib/health";

const colors: Record<HealthState, ChartColor> = { good: "good", fair: "warn", poor: "bad", cooling: "info", unused: "muted-foreground" };
const radius = 18;
const around = 2 * Math.PI * radius;

/** Health from 0 to 100 as a ring around its figure; undefined: nothing is known of it. */
export function HealthRing({ state, health }: { state: HealthState; health: number | undefined }) {
  const { t } = useTranslation("overview");
  const format = useFormat();
  const text = health === undefined ? "–" : format.number(health);
  return (
    <svg
      role="img"
      aria-label={health === undefined ? t("health.state.unused") : t("health.score", { value: text })}
      viewBox="0 0 44 44"
      className="size-11 shrink-0"
    >
      <circle cx="22" cy="22" r={radius} fill="none" stroke="var(--muted)" strokeWidth="4.5" />
      {health !== undefined && (
        <circle
          cx="22"
          cy="22"
          r={radius}
          fill="none"
          stroke={cssColor(colors[state])}
          strokeWidth="4.5"
          strokeLinecap="round"
          strokeDasharray={`${(Math.min(100, Math.max(0, health)) / 100) * around} ${around}`}
          transform="rotate(-90 22 22)"
        />
      )}
      <text x="22" y="26.5" textAnchor="middle" className="fill-foreground font-semibold text-[12px] tabular-nums">
        {text}
      </text>
    </svg>
  );
}
