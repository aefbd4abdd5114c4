import { CirclePause, LoaderCircle, Radio, TriangleAlert, Unplug } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/hooks/use-format";
import type { SocketState } from "@/lib/api";
import type { Snapshot } from "../lib/terminal-store";

type TerminalStatusProps = { snapshot: Snapshot; socket: SocketState; paused: boolean };

/** Whether lines come, how many there are, and what was lost. */
export function TerminalStatus({ snapshot, socket, paused }: TerminalStatusProps) {
  const { t } = useTranslation("terminal");
  const format = useFormat();
  const open = socket === "open";
  const Icon = open ? (paused ? CirclePause : Radio) : Unplug;
  const number = (value: number) => format.number(value);
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-1 text-xs text-muted-foreground tabular-nums">
      <span role="status" className="inline-flex items-center gap-1.5 font-medium text-foreground">
        <Icon aria-hidden className={open && !paused ? "size-3.5 text-good" : "size-3.5 text-warn"} />
        {open ? t(paused ? "state.paused" : "state.open") : t(`state.${socket}`)}
      </span>
      <span>{t("shown", { count: snapshot.view.count, shown: number(snapshot.view.count), kept: number(snapshot.frozen ? snapshot.view.buffer.size : snapshot.kept) })}</span>
      {snapshot.searching && (
        <span className="inline-flex items-center gap-1">
          <LoaderCircle aria-hidden className="size-3 animate-spin motion-reduce:animate-none" />
          {t("searching")}
        </span>
      )}
      {snapshot.dropped > 0 && (
        <span className="inline-flex items-center gap-1 text-warn" title={t("droppedHint")}>
          <TriangleAlert aria-hidden className="size-3.5" />
          {t("dropped", { count: snapshot.dropped, shown: number(snapshot.dropped) })}
        </span>
      )}
      <span className="ml-auto hidden lg:inline">{t("keys")}</span>
    </div>
  );
}
