import { X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { CopyButton } from "@/components/copy-button";
import { JsonView } from "@/components/json-view";
import { LevelBadge } from "@/components/level-badge";
import { Button } from "@/components/ui/button";
import { useFormat } from "@/hooks/use-format";
import type { Line } from "../lib/line-buffer";
import { lineText } from "../lib/line-text";

type LineDetailProps = { line: Line; onClose: () => void };

/** One line whole. */
export function LineDetail({ line, onClose }: LineDetailProps) {
  const { t } = useTranslation("terminal");
  const format = useFormat();
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- Escape, from whatever in here has the focus
    <section
      aria-label={t("detail")}
      className="max-h-[40%] shrink-0 overflow-auto rounded-xl border bg-card p-3 text-sm"
      onKeyDown={(event) => event.key === "Escape" && onClose()}
    >
      <div className="mb-2 flex flex-wrap items-center gap-3">
        {line.level !== "" && <LevelBadge level={line.level} />}
        <time dateTime={new Date(line.atMs).toISOString()} className="tabular-nums">
          {format.dateTime(line.atMs)}
        </time>
        <code className="text-xs text-muted-foreground">{line.source}</code>
        <span className="ml-auto flex items-center gap-1">
          <CopyButton text={() => lineText(line)} label={t("copyLine")} />
          <Button variant="ghost" size="icon" className="size-7" aria-label={t("closeDetail")} onClick={onClose}>
            <X aria-hidden />
          </Button>
        </span>
      </div>
      <JsonView text={line.text} label={t("detailText")} />
    </section>
  );
}
