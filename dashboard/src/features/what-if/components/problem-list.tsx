import { TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Alert, AlertDescription, AlertTitle } from "@/components/ui/alert";
import type { ApiProblem } from "@/lib/api";

/** What is wrong with the configuration that is to be tried. */
export function ProblemList({ problems }: { problems: ApiProblem[] }) {
  const { t } = useTranslation("what-if");
  const errors = problems.filter((problem) => problem.severity === "error");
  if (errors.length === 0) return null;
  return (
    <Alert variant="destructive">
      <TriangleAlert aria-hidden />
      <AlertTitle>{t("problems.title", { count: errors.length })}</AlertTitle>
      <AlertDescription>
        <ul className="mt-1 grid gap-1">
          {errors.map((problem) => (
            <li key={`${problem.path} ${problem.message}`} className="break-words">
              <code className="font-mono text-xs">{problem.path}</code> {problem.message}
              {problem.nearest && ` ${t("problems.nearest", { name: problem.nearest })}`}
            </li>
          ))}
        </ul>
      </AlertDescription>
    </Alert>
  );
}
