import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { parseRouteReason, type ReasonNote } from "@/lib/route-reason";
import { useFormat } from "./use-format";

const raisers = new Set(["session", "keyword", "long_context"]);

/** Says in words why a request went where it went: "the classifier, 97 % sure; raised from T1 by a minimum rule". */
export function useRouteReason(): (reason: string) => string {
  const { t } = useTranslation("common");
  const format = useFormat();
  return useCallback(
    (text: string) => {
      const tier = (name: string) => name.toUpperCase();
      const say = (note: ReasonNote): string => {
        if (note.kind === "raised") return t(`routeReason.raised.${raisers.has(note.by) ? note.by : "other"}`, { tier: tier(note.from), by: note.by });
        if (note.kind === "moved") return t(`routeReason.moved.${note.why}`, { tier: tier(note.tier), to: tier(note.to) });
        if (note.kind === "judge") return t("routeReason.judge", { outcome: note.outcome.replaceAll("_", " ") });
        return t(`routeReason.${note.kind}`);
      };
      const { by, value, notes } = parseRouteReason(text);
      const sure = Number(value);
      const confidence = Number.isFinite(sure) ? format.percent(sure) : value;
      const first = t(`routeReason.${by}`, { confidence, rule: value, text: value });
      return [first, ...notes.map(say)].filter((part) => part !== "").join(t("routeReason.joint"));
    },
    [t, format],
  );
}
