import { Download, ShieldCheck } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { CopyButton } from "@/components/copy-button";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { FormField } from "@/components/ui/form-field";
import { downloadText } from "../lib/download-text";

interface RecoveryCodesProps {
  codes: string[];
  onDone: () => void;
}

/** Shown this once; it is not left before one says that they are kept somewhere. */
export function RecoveryCodes({ codes, onDone }: RecoveryCodesProps) {
  const { t } = useTranslation("settings");
  const [saved, setSaved] = useState(false);
  const text = codes.join("\n");
  return (
    <section className="grid gap-4" aria-labelledby="recovery-codes">
      <div>
        <h3 id="recovery-codes" className="flex items-center gap-2 font-medium">
          <ShieldCheck aria-hidden className="size-4 text-good" />
          {t("codes.title")}
        </h3>
        <p className="mt-1 max-w-prose text-sm text-muted-foreground">{t("codes.description")}</p>
      </div>
      <ul className="grid w-fit grid-cols-[repeat(auto-fill,minmax(11rem,1fr))] gap-x-8 gap-y-1 rounded-lg border bg-muted/50 p-4 font-mono text-sm select-all sm:grid-cols-2">
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <div className="flex flex-wrap gap-2">
        <CopyButton text={text} label={t("codes.copy")} showLabel className="border" />
        <Button variant="outline" size="sm" onClick={() => downloadText("smartroute-recovery-codes.txt", `${text}\n`)}>
          <Download aria-hidden />
          {t("codes.download")}
        </Button>
      </div>
      <FormField label={t("codes.saved")} inline>
        <Checkbox checked={saved} onCheckedChange={(checked) => setSaved(checked === true)} />
      </FormField>
      <Button className="w-fit" disabled={!saved} onClick={onDone}>
        {t("codes.done")}
      </Button>
    </section>
  );
}
