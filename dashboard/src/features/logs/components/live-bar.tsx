import { ArrowUp, CirclePause, CirclePlay, Radio, TriangleAlert, Unplug } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { useFormat } from "@/hooks/use-format";
import type { Live } from "../data/use-live";

type LiveBarProps = {
  live: Live;
  paused: boolean;
  /** Why nothing moves, though nobody pressed pause. */
  held: "" | "pointing" | "scrolled" | "reading";
  onPause: (paused: boolean) => void;
  onJump: () => void;
};

/** Says what live mode does at the moment. */
export function LiveBar({ live, paused, held, onPause, onJump }: LiveBarProps) {
  const { t } = useTranslation("logs");
  const format = useFormat();
  const open = live.socket === "open";
  const waits = live.waiting > 0;
  const Icon = open ? Radio : Unplug;
  return (
    <div className="flex min-h-10 flex-wrap items-center gap-x-3 gap-y-1 rounded-lg border bg-card px-3 py-1 text-sm">
      <span role="status" className="inline-flex items-center gap-1.5 font-medium">
        <Icon aria-hidden className={open && !paused ? "size-4 text-good" : "size-4 text-warn"} />
        {open ? t(paused ? "live.paused" : "live.on") : t(`live.${live.socket}`)}
      </span>
      {waits && (
        <Button variant="secondary" size="sm" className="h-7" onClick={onJump}>
          <ArrowUp aria-hidden />
          <span className="tabular-nums">{t("live.waiting", { count: live.waiting, shown: format.number(live.waiting) })}</span>
        </Button>
      )}
      {!paused && waits && held !== "" && <span className="text-xs text-muted-foreground">{t(`live.held.${held}`)}</span>}
      {live.dropped > 0 && (
        <span className="inline-flex items-center gap-1 text-xs text-warn" title={t("live.droppedHint")}>
          <TriangleAlert aria-hidden className="size-3.5" />
          {t("live.dropped", { count: live.dropped, shown: format.number(live.dropped) })}
        </span>
      )}
      {live.error !== "" && <span className="text-xs break-words text-bad">{live.error}</span>}
      <Button variant="ghost" size="sm" className="ml-auto h-7" aria-pressed={paused} onClick={() => onPause(!paused)}>
        {paused ? <CirclePlay aria-hidden /> : <CirclePause aria-hidden />}
        {paused ? t("live.resume") : t("live.pause")}
      </Button>
    </div>
  );
}
