import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import type { Facet } from "@/gen/smartroute/v1/admin_pb";
import { useFormat } from "@/hooks/use-format";
import { known } from "../lib/known";
import type { Condition } from "../lib/filter";

/** What people call a value to filter by. Names of models, providers and instances are names already. */
export function useValueName(facets: readonly Facet[]): (name: Condition["name"], value: string) => string {
  const { t } = useTranslation(["logs", "common"]);
  const format = useFormat();
  return useCallback(
    (name, value) => {
      if (name === "tier") return value === "none" ? t("logs:tierNone") : value.toUpperCase();
      if (name === "status") return value === "0" ? t("logs:statusNone") : value;
      if (name === "category") return t(`logs:category.${value}`);
      if (name === "error" && known.errors.has(value)) return t(`logs:error.${value}`);
      // When every attempt failed, the kind is how the last one ended.
      if (name === "error") return known.outcomes.has(value) ? t(`logs:outcome.${value}`) : words(value);
      if (name === "ending") return known.endings.has(value) ? t(`common:endings.${value}`) : words(value);
      if (name === "slow") return format.duration(Number(value));
      if (name === "stream") return t(value === "true" ? "logs:streamChoice.yes" : "logs:streamChoice.no");
      if (name === "key") return facets.find(({ dimension }) => dimension === "key")?.values.find((one) => one.value === value)?.label || value;
      return value;
    },
    [t, format, facets],
  );
}

/** Of a value that a newer server knows and this page does not. */
const words = (value: string) => value.replaceAll("_", " ");
