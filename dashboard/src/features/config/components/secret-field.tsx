import { useTranslation } from "react-i18next";
import { getIn, type Path, pathText, steadyPath, useConfigDraft } from "@/lib/config-draft";
import { useField } from "../data/use-config";
import { FieldFrame } from "./field-frame";
import { SecretInput } from "./secret-input";

/** A secret of the configuration. */
export function SecretField({ path, label, hint }: { path: Path; label: string; hint?: string }) {
  const { t } = useTranslation("config");
  const { draft, saved, lostSecrets } = useConfigDraft();
  const field = useField<string>(path);
  const steady = steadyPath(draft, path);
  const stored = getIn(saved, steady);
  const lost = lostSecrets.some((one) => one === field.at || one === pathText(steady));
  return (
    <FieldFrame field={field} label={label} hint={lost && !field.value ? t("secret.lost") : (hint ?? t("secret.hint"))}>
      {(wires) => <SecretInput wires={wires} value={field.value} saved={typeof stored === "string" ? stored : undefined} onChange={field.set} disabled={!field.editable} />}
    </FieldFrame>
  );
}
