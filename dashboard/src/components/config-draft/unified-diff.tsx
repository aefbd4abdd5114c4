import { useTranslation } from "react-i18next";
import { cn } from "@/lib/utils";
import { parseUnified, type UnifiedLine } from "./unified";

const TONES: Record<UnifiedLine["kind"], string> = { added: "bg-good-soft", removed: "bg-bad-soft", same: "", gap: "bg-muted text-muted-foreground" };
const MARKS: Record<UnifiedLine["kind"], string> = { added: "+", removed: "−", same: " ", gap: "⋯" };

/** Two texts as one, with what went and what came. */
export function UnifiedDiff({ text, label }: { text: string; label: string }) {
  const { t } = useTranslation("config");
  const lines = parseUnified(text);
  if (lines.length === 0) return <p className="rounded-lg border border-dashed px-3 py-4 text-sm text-muted-foreground">{t("diff.none")}</p>;
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a region that scrolls must be reachable by keys
    <div role="region" aria-label={label} tabIndex={0} className="focus-ring max-h-[70vh] overflow-auto rounded-lg border bg-card font-mono text-xs leading-5">
      <table className="w-full border-collapse">
        <tbody>
          {lines.map((line, i) => (
            // oxlint-disable-next-line react/no-array-index-key -- a line is its place
            <tr key={i} className={TONES[line.kind]}>
              <td className="w-10 border-r px-2 text-right text-muted-foreground tabular-nums select-none">{line.before ?? ""}</td>
              <td className="w-10 border-r px-2 text-right text-muted-foreground tabular-nums select-none">{line.after ?? ""}</td>
              <td className={cn("w-5 text-center select-none", line.kind === "added" && "text-good", line.kind === "removed" && "text-bad")}>
                <span aria-hidden>{MARKS[line.kind]}</span>
                {line.kind !== "same" && line.kind !== "gap" && <span className="sr-only">{t(line.kind === "added" ? "diff.after" : "diff.before")}</span>}
              </td>
              <td className="pr-3 whitespace-pre">{line.text}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
