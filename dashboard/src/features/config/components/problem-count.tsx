import { CircleX, TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { ApiProblem } from "@/lib/api";

/** How much is wrong: errors if there are any, else warnings. */
export function ProblemCount({ problems }: { problems: readonly ApiProblem[] }) {
  const { t } = useTranslation("config");
  const errors = problems.filter((problem) => problem.severity === "error").length;
  const count = errors > 0 ? errors : problems.length;
  if (count === 0) return null;
  const Icon = errors > 0 ? CircleX : TriangleAlert;
  const name = t(errors > 0 ? "errors" : "warnings", { count });
  return (
    <span className={`inline-flex items-center gap-1 text-xs font-medium tabular-nums ${errors > 0 ? "text-bad" : "text-warn"}`} title={name}>
      <Icon aria-hidden className="size-3.5" />
      <span aria-hidden>{count}</span>
      <span className="sr-only">{name}</span>
    </span>
  );
}
