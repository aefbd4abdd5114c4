import { useTranslation } from "react-i18next";
import { CopyButton } from "@/components/copy-button";

interface ShownOnceProps {
  label: string;
  text: string;
}

/** A secret that is shown now and never again. */
export function ShownOnce({ label, text }: ShownOnceProps) {
  const { t } = useTranslation("settings");
  return (
    <div className="grid gap-1.5">
      <p className="text-sm font-medium">{label}</p>
      <div className="flex items-center gap-2 rounded-md border bg-muted/50 py-1 pr-1 pl-3">
        <code className="min-w-0 flex-1 font-mono text-sm break-all select-all">{text}</code>
        <CopyButton text={text} label={t("once.copy", { what: label })} />
      </div>
      <p className="text-xs text-warn">{t("once.hint")}</p>
    </div>
  );
}
