import { useIsFetching } from "@tanstack/react-query";
import { RefreshCw } from "lucide-react";
import { useTranslation } from "react-i18next";
import { RangePicker } from "@/components/range-picker";
import { Button } from "@/components/ui/button";
import { NativeSelect } from "@/components/ui/native-select";
import { useRange } from "@/hooks/use-range";
import { cn } from "@/lib/utils";
import { useRefreshAll } from "../data/queries";
import { refreshChoices, setViewSettings, useViewSettings } from "../data/view-settings";

/** Which span, how often, and now. */
export function OverviewActions() {
  const { t } = useTranslation("overview");
  const refresh = useRefreshAll();
  const busy = useIsFetching({ queryKey: ["overview"] }) > 0;
  return (
    <>
      <RangePicker />
      <RefreshPicker />
      <Button variant="outline" size="icon" aria-label={t("refresh.now")} title={t("refresh.now")} onClick={refresh}>
        <RefreshCw aria-hidden className={cn(busy && "animate-spin motion-reduce:animate-none")} />
      </Button>
    </>
  );
}

function RefreshPicker() {
  const { t } = useTranslation("overview");
  const settings = useViewSettings();
  const { range } = useRange();
  const over = range.until !== "now";
  const choose = (value: string) => {
    const refreshMs = refreshChoices.find((one) => String(one) === value);
    if (refreshMs !== undefined) setViewSettings({ ...settings, refreshMs });
  };
  return (
    <NativeSelect
      aria-label={t("refresh.label")}
      title={over ? t("refresh.over") : undefined}
      value={over ? "0" : String(settings.refreshMs)}
      onChange={(event) => choose(event.target.value)}
      disabled={over}
    >
      {refreshChoices.map((ms) => (
        <option key={ms} value={String(ms)}>
          {ms === 0 ? t("refresh.off") : t("refresh.every", { seconds: ms / 1000 })}
        </option>
      ))}
    </NativeSelect>
  );
}
