import { useNavigate } from "@tanstack/react-router";
import { useCallback, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { PageHeader } from "@/components/page-header";
import { LineDetail } from "./components/line-detail";
import { LineViewport } from "./components/line-viewport";
import { TerminalActions } from "./components/terminal-actions";
import { TerminalStatus } from "./components/terminal-status";
import { TerminalToolbar } from "./components/terminal-toolbar";
import { useTerminal } from "./data/use-terminal";
import { useTerminalKeys } from "./data/use-terminal-keys";
import { useTerminalSearch } from "./data/use-terminal-search";
import type { Line } from "./lib/line-buffer";
import { recordSearch } from "./lib/line-text";

export function TerminalPage() {
  const { t } = useTranslation("terminal");
  const { search, change } = useTerminalSearch();
  const { store, snapshot, socket } = useTerminal(search);
  const navigate = useNavigate();
  const [paused, setPaused] = useState(false);
  const [detail, setDetail] = useState<Line>();
  const filter = useRef<HTMLInputElement>(null);
  const pause = useCallback(() => {
    if (paused) store.follow();
    else store.freeze();
    setPaused(!paused);
  }, [paused, store]);
  const jump = useCallback(() => {
    setPaused(false);
    store.follow();
  }, [store]);
  const clear = useCallback(() => {
    setPaused(false);
    setDetail(undefined);
    store.clear();
  }, [store]);
  useTerminalKeys({ pause, jump, filter });
  const open = useCallback(
    (line: Line, apart: boolean) => {
      const record = recordSearch(line);
      if (!record) setDetail(line);
      else if (apart) window.open(`/logs?${new URLSearchParams(record)}`, "_blank", "noopener");
      else void navigate({ to: "/logs", search: record });
    },
    [navigate],
  );
  return (
    <div className="flex h-[calc(100dvh-6.25rem)] min-h-[30rem] flex-col gap-3">
      <PageHeader
        title={t("title")}
        description={t("description")}
        actions={<TerminalActions paused={paused} onPause={pause} onClear={clear} view={snapshot.view} />}
      />
      <TerminalToolbar search={search} change={change} buffer={store.buffer} namesVersion={snapshot.namesVersion} input={filter} />
      <TerminalStatus snapshot={snapshot} socket={socket} paused={paused} />
      <LineViewport store={store} snapshot={snapshot} paused={paused} onOpen={open} onJump={jump} selected={detail?.seq} />
      {detail && <LineDetail line={detail} onClose={() => setDetail(undefined)} />}
    </div>
  );
}
