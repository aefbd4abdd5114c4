import { RotateCcw } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ConfirmDialog } from "@/components/confirm-dialog";
import { Button } from "@/components/ui/button";
import { toast } from "@/components/ui/toast";
import { useSession } from "@/hooks/use-session";
import { useResetHealth } from "../data/queries";

/** For admins: makes the fleet forget score and cooldown of a model; of all, when none is named. */
export function ResetHealth({ model }: { model: string }) {
  const { t } = useTranslation("overview");
  const { isAdmin } = useSession();
  const [open, setOpen] = useState(false);
  const reset = useResetHealth();
  if (!isAdmin) return null;
  const all = model === "";
  const name = all ? t("health.resetAll") : t("health.reset", { model });
  const confirm = () =>
    reset.mutate(model, {
      onSuccess: () => toast.success(all ? t("health.resetAllDone") : t("health.resetDone", { model })),
      onSettled: () => setOpen(false),
    });
  return (
    <>
      {all ? (
        <Button variant="ghost" size="sm" onClick={() => setOpen(true)}>
          <RotateCcw aria-hidden />
          {name}
        </Button>
      ) : (
        <Button variant="ghost" size="icon" className="-mt-1 -mr-1 size-7 text-muted-foreground" aria-label={name} title={name} onClick={() => setOpen(true)}>
          <RotateCcw aria-hidden />
        </Button>
      )}
      <ConfirmDialog
        open={open}
        onOpenChange={setOpen}
        title={all ? t("health.resetAllTitle") : t("health.resetTitle", { model })}
        description={t("health.resetHint")}
        action={t("health.resetAction")}
        onConfirm={confirm}
        pending={reset.isPending}
        destructive={false}
      />
    </>
  );
}
