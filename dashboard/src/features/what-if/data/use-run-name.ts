import { useTranslation } from "react-i18next";
import type { Candidate } from "./queries";

/** What was tried, in words. */
export function useRunName(): (candidate: Candidate) => string {
  const { t } = useTranslation("what-if");
  return ({ revision, changes, first }) => {
    if (revision !== undefined) return t("run.revision", { revision });
    if (changes === 0) return t("run.saved");
    if (first === undefined) return t("run.draft", { count: changes });
    return changes === 1 ? first : t("run.draftWith", { first, count: changes - 1 });
  };
}
