import { Bug, CircleX, Info, TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Badge } from "@/components/ui/badge";

const levels = {
  debug: { icon: Bug, variant: "secondary" },
  info: { icon: Info, variant: "info" },
  warn: { icon: TriangleAlert, variant: "warn" },
  error: { icon: CircleX, variant: "bad" },
} as const;
type Level = keyof typeof levels;
const isLevel = (text: string): text is Level => Object.hasOwn(levels, text);

type LevelBadgeProps = { level: string; className?: string };

/** Of a log line: debug, info, warn, error. */
export function LevelBadge({ level, className }: LevelBadgeProps) {
  const { t } = useTranslation("common");
  if (!isLevel(level)) return <Badge variant="outline">{level}</Badge>;
  const { icon: Icon, variant } = levels[level];
  return (
    <Badge variant={variant} className={className}>
      <Icon aria-hidden />
      {t(`levels.${level}`)}
    </Badge>
  );
}
