import { useTranslation } from "react-i18next";
import type { Candidate } from "./queries";

/** What was tried, in words. */
export function useRunName(): (candidate: Candidate) => string {
  const { t } = useTranslation("what-if");
  return ({ revision, changes }) => {
    if (revision !== undefined) return t("run.revision", { revision });
    return changes === 0 ? t("run.saved") : t("run.draft", { count: changes });
  };
}
