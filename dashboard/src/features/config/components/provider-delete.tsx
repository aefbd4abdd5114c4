import { useTranslation } from "react-i18next";
import { ConfirmDialog } from "@/components/confirm-dialog";
import { useConfigDraft } from "@/lib/config-draft";
import { removeProvider, usesOf } from "../lib/models";

/** Asks before a provider goes, and says who goes with it. */
export function ProviderDelete({ index, onClose }: { index: number; onClose: (deleted: boolean) => void }) {
  const { t } = useTranslation("config");
  const { draft, update } = useConfigDraft();
  const id = draft.providers?.[index]?.id ?? "";
  const uses = usesOf(draft, id);
  const confirm = () => {
    update((doc) => removeProvider(doc, index));
    onClose(true);
  };
  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => !open && onClose(false)}
      title={t("providers.deleteTitle", { id })}
      action={t("providers.delete")}
      onConfirm={confirm}
      description={
        uses.length === 0 ? (
          t("providers.deleteNoUse")
        ) : (
          <>
            <p>{t("providers.deleteUses", { count: uses.length })}</p>
            <ul className="mt-2 max-h-48 list-disc overflow-y-auto pl-5">
              {uses.map((use, i) => (
                // oxlint-disable-next-line react/no-array-index-key -- the same model may stand in the same place twice
                <li key={i} className="break-words">
                  <span className="font-mono">{use.name}</span> ({t(`uses.${use.where}`)})
                </li>
              ))}
            </ul>
          </>
        )
      }
    />
  );
}
