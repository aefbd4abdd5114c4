import { CalendarClock } from "lucide-react";
import type { ComponentProps } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { useFormat } from "@/hooks/use-format";
import { useRange } from "@/hooks/use-range";
import type { Preset } from "@/lib/range";
import { cn } from "@/lib/utils";

export type RangePickerProps = { fallback?: Preset; className?: string };

export function RangeButton({ fallback = "1h", className, ...props }: RangePickerProps & ComponentProps<typeof Button>) {
  const { t } = useTranslation("common");
  const format = useFormat();
  const { range } = useRange(fallback);
  const text = range.preset
    ? t(`range.${range.preset}`)
    : `${format.dateTime(range.since)} – ${range.until === "now" ? t("range.now") : format.dateTime(range.until)}`;
  return (
    <Button variant="outline" className={cn("max-w-full min-w-0 shrink", className)} aria-label={t("range.button", { range: text })} {...props}>
      <CalendarClock aria-hidden />
      <span className="truncate tabular-nums">{text}</span>
    </Button>
  );
}
