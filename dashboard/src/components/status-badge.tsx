import { CircleCheck, CircleDashed, CircleX, TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Badge } from "@/components/ui/badge";

const endings = [
  "completed",
  "completed_no_done",
  "rejected_by_gateway",
  "upstream_error",
  "upstream_passed",
  "broken_stream",
  "client_gone",
  "drained",
] as const;
type StatusBadgeProps = { status: number; ending?: string; className?: string };

type Tone = "good" | "warn" | "bad" | "outline";
const icons = { good: CircleCheck, warn: TriangleAlert, bad: CircleX, outline: CircleDashed };

export function toneOf(status: number, ending: string): Tone {
  if (ending === "broken_stream" || ending === "upstream_error") return "bad";
  if (ending === "client_gone" || ending === "drained") return "warn";
  if (status === 0) return "outline";
  if (status >= 500) return "bad";
  if (status >= 400) return "warn";
  return "good";
}

/** The HTTP status with its meaning by colour, icon and, on hover, in words. */
export function StatusBadge({ status, ending = "", className }: StatusBadgeProps) {
  const { t } = useTranslation("common");
  const tone = toneOf(status, ending);
  const Icon = icons[tone];
  const known = endings.find((one) => one === ending);
  const words = known ? t(`endings.${known}`) : ending;
  return (
    <Badge variant={tone} className={className} title={words || undefined}>
      <Icon aria-hidden />
      <span className="tabular-nums">{status === 0 ? t("statusNone") : status}</span>
      {words && <span className="sr-only">{words}</span>}
    </Badge>
  );
}
