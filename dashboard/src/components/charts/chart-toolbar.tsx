import { ChevronLeft, ChevronRight, Download, type LucideIcon, RotateCcw, Table2, ZoomIn, ZoomOut } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { cn } from "@/lib/utils";
import { downloadText } from "./download";
import { type ChartData, panned, type Span, toCsv, zoomed } from "./series";
import type { ChartZoom } from "./time-chart";

type Props = { label: string; data: ChartData; asTable: boolean; onAsTable: (asTable: boolean) => void; zoom?: ChartZoom };

export function ChartToolbar({ label, data, asTable, onAsTable, zoom }: Props) {
  const { t } = useTranslation("common");
  const move = (to: (span: Span, now: number) => Span) => {
    const now = Date.now();
    const span = to({ since: data.since, until: data.until }, now);
    zoom?.onSpan(span, span.until >= now);
  };
  const save = () => downloadText(`${label}.csv`, toCsv(data, t("charts.time")), "text/csv");
  return (
    <div role="toolbar" aria-label={t("charts.tools", { name: label })} className="flex flex-wrap items-center">
      {zoom && (
        <>
          <Tool icon={ChevronLeft} name={t("charts.earlier")} onClick={() => move((span, now) => panned(span, -0.5, now))} />
          <Tool icon={ChevronRight} name={t("charts.later")} onClick={() => move((span, now) => panned(span, 0.5, now))} />
          <Tool icon={ZoomIn} name={t("charts.zoomIn")} onClick={() => move((span, now) => zoomed(span, 0.5, now))} />
          <Tool icon={ZoomOut} name={t("charts.zoomOut")} onClick={() => move((span, now) => zoomed(span, 2, now))} />
        </>
      )}
      {zoom?.onReset && (
        <Button variant="outline" size="sm" className="mx-1" onClick={zoom.onReset}>
          <RotateCcw aria-hidden />
          {t("charts.resetZoom")}
        </Button>
      )}
      <Tool icon={Table2} name={t("charts.asTable")} pressed={asTable} onClick={() => onAsTable(!asTable)} />
      <Tool icon={Download} name={t("charts.csv")} onClick={save} />
    </div>
  );
}

type ToolProps = { icon: LucideIcon; name: string; pressed?: boolean; onClick: () => void };

function Tool({ icon: Icon, name, pressed, onClick }: ToolProps) {
  return (
    <Button
      variant="ghost"
      size="icon"
      className={cn("size-8 text-muted-foreground", pressed && "bg-accent text-accent-foreground")}
      aria-label={name}
      title={name}
      aria-pressed={pressed}
      onClick={onClick}
    >
      <Icon aria-hidden className="size-4" />
    </Button>
  );
}
