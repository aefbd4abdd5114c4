import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { createFormat, type Format } from "@/lib/format";
import { usePreferences } from "./use-preferences";

export type { Format } from "@/lib/format";

/** Numbers and times in the viewer's language and zone. */
export function useFormat(): Format {
  const { language, timeZone } = usePreferences();
  const { t } = useTranslation("common");
  const unknown = t("unknown");
  return useMemo(() => createFormat({ language, timeZone, unknown }), [language, timeZone, unknown]);
}
