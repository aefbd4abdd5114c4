import { Minus, Plus, Undo2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";

export interface ShownChange {
  path: string;
  before: string | undefined;
  after: string | undefined;
}

interface ChangeListProps {
  changes: readonly ShownChange[];
  label: string;
  onRevert?: ((index: number) => void) | undefined;
}

function Value({ text, kind }: { text: string; kind: "before" | "after" }) {
  const { t } = useTranslation("config");
  const Icon = kind === "before" ? Minus : Plus;
  return (
    <div className={`flex items-start gap-2 px-3 py-1 ${kind === "before" ? "bg-bad-soft" : "bg-good-soft"}`}>
      <Icon aria-hidden className={`mt-1 size-3 shrink-0 ${kind === "before" ? "text-bad" : "text-good"}`} />
      <span className="sr-only">{t(kind === "before" ? "diff.before" : "diff.after")}</span>
      <pre className="max-h-60 min-w-0 overflow-y-auto font-mono text-xs leading-5 break-words whitespace-pre-wrap">{text}</pre>
    </div>
  );
}

/** What changed, field by field. */
export function ChangeList({ changes, label, onRevert }: ChangeListProps) {
  const { t } = useTranslation("config");
  return (
    <ul aria-label={label} className="grid gap-2">
      {changes.map((change, index) => (
        <li key={change.path} className="overflow-hidden rounded-lg border">
          <div className="flex items-center justify-between gap-2 bg-muted px-3 py-1.5">
            <span className="min-w-0 font-mono text-xs font-medium break-all">{change.path}</span>
            {onRevert && (
              <Button variant="ghost" size="sm" className="h-7 px-2 text-xs" onClick={() => onRevert(index)} aria-label={t("diff.revertOne", { path: change.path })}>
                <Undo2 aria-hidden />
                {t("diff.revert")}
              </Button>
            )}
          </div>
          {change.before !== undefined && change.before !== "" && <Value text={change.before} kind="before" />}
          {change.after !== undefined && change.after !== "" && <Value text={change.after} kind="after" />}
          {!change.after && <p className="px-3 py-1 text-xs text-muted-foreground">{t("diff.removed")}</p>}
        </li>
      ))}
    </ul>
  );
}
