import { useTranslation } from "react-i18next";
import { useFormat } from "@/hooks/use-format";
import { useField } from "../data/use-config";
import { healing } from "../lib/healing";
import { parseDuration } from "../lib/units";

const WIDTH = 560;
const HEIGHT = 150;
const LEFT = 40;
const BOTTOM = 22;
const KINDS = ["server_error", "rate_limited", "unauthorized"] as const;
const COLOURS = ["var(--chart-1)", "var(--chart-2)", "var(--chart-3)"] as const;
const DASHES = ["", "6 3", "2 3"] as const;

/** How long a model is remembered for one failure, as the draft has it. */
export function HealingChart() {
  const { t } = useTranslation("config");
  const format = useFormat();
  const half = useField<string>(["health", "half_life"]);
  const server = useField<number>(["health", "penalties", "server_error"]);
  const limited = useField<number>(["health", "penalties", "rate_limited"]);
  const refused = useField<number>(["health", "penalties", "unauthorized"]);
  const halfLife = parseDuration(half.value ?? half.fallback ?? "5m") ?? 300_000;
  const penalties = [server, limited, refused].map((field) => field.value ?? field.fallback ?? 1);
  const x = (ms: number) => LEFT + (ms / (halfLife * 4)) * (WIDTH - LEFT - 8);
  const y = (health: number) => 8 + (1 - health) * (HEIGHT - BOTTOM - 8);
  const curves = penalties.map((penalty) => healing(penalty, halfLife));
  const words = curves.map((points, i) => t("health.curve", { kind: t(`fields.health.penalties.${KINDS[i]}.label`), start: format.percent(points[0]?.health ?? 1) }));
  return (
    <figure className="grid gap-2">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} className="h-auto w-full max-w-2xl" role="img" aria-label={`${t("health.chart")}. ${words.join(". ")}`}>
        {[0, 0.5, 1].map((health) => (
          <g key={health}>
            <line x1={LEFT} x2={WIDTH - 8} y1={y(health)} y2={y(health)} stroke="var(--chart-grid)" />
            <text x={LEFT - 6} y={y(health) + 4} textAnchor="end" fontSize="11" fill="var(--chart-axis)">
              {Math.round(health * 100)}
            </text>
          </g>
        ))}
        {[0, 1, 2, 3, 4].map((turn) => (
          <text key={turn} x={x(halfLife * turn)} y={HEIGHT - 6} textAnchor={turn === 4 ? "end" : turn === 0 ? "start" : "middle"} fontSize="11" fill="var(--chart-axis)">
            {turn === 0 ? "0" : format.duration(halfLife * turn)}
          </text>
        ))}
        {curves.map((points, i) => (
          <polyline
            key={KINDS[i]}
            points={points.map((point) => `${x(point.ms).toFixed(1)},${y(point.health).toFixed(1)}`).join(" ")}
            fill="none"
            stroke={COLOURS[i]}
            strokeWidth="2"
            strokeDasharray={DASHES[i]}
          />
        ))}
      </svg>
      <figcaption className="flex flex-wrap gap-x-4 gap-y-1 text-xs text-muted-foreground">
        {KINDS.map((kind, i) => (
          <span key={kind} className="inline-flex items-center gap-1.5">
            <svg aria-hidden width="22" height="8">
              <line x1="0" x2="22" y1="4" y2="4" stroke={COLOURS[i]} strokeWidth="2" strokeDasharray={DASHES[i]} />
            </svg>
            {words[i]}
          </span>
        ))}
      </figcaption>
    </figure>
  );
}
