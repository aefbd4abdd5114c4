import { useTranslation } from "react-i18next";
import { CopyButton } from "@/components/copy-button";

const command = "smartroute dashboard link";

/** Where the set-up link is to be found. */
export function SetUpLinkHelp() {
  const { t } = useTranslation("auth");
  return (
    <div className="grid gap-3 text-sm">
      <p>{t("setUp.whereIsLink")}</p>
      <div className="flex items-center justify-between gap-2 rounded-md border bg-muted/60 py-1 pr-1 pl-3">
        <code className="min-w-0 truncate font-mono text-[0.8125rem]">{command}</code>
        <CopyButton text={command} label={t("setUp.copyCommand")} />
      </div>
    </div>
  );
}
