import { CirclePause, CirclePlay, Download, Eraser } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { lineText } from "../lib/line-text";
import type { LineView } from "../lib/line-view";

type TerminalActionsProps = { paused: boolean; onPause: () => void; onClear: () => void; view: LineView };

export function TerminalActions({ paused, onPause, onClear, view }: TerminalActionsProps) {
  const { t } = useTranslation("terminal");
  return (
    <>
      <Button variant={paused ? "default" : "outline"} aria-pressed={paused} aria-keyshortcuts="Space" onClick={onPause}>
        {paused ? <CirclePlay aria-hidden /> : <CirclePause aria-hidden />}
        {paused ? t("resume") : t("pause")}
      </Button>
      <Button variant="outline" size="icon" aria-label={t("clear")} title={t("clear")} onClick={onClear}>
        <Eraser aria-hidden />
      </Button>
      <Button variant="outline" size="icon" aria-label={t("export")} title={t("export")} onClick={() => saveLines(view)}>
        <Download aria-hidden />
      </Button>
    </>
  );
}

/** What is shown, all of it, as a text file. */
function saveLines(view: LineView): void {
  const lines: string[] = [];
  for (let index = 0; index < view.count; ++index) {
    const line = view.buffer.line(view.at(index));
    if (line) lines.push(lineText(line));
  }
  const url = URL.createObjectURL(new Blob([lines.join("\n"), "\n"], { type: "text/plain;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = `smartroute-${new Date().toISOString().slice(0, 19).replace(/:/g, "-")}.log`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
