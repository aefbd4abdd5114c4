import { useMutation } from "@tanstack/react-query";
import { Route } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ErrorState } from "@/components/error-state";
import { Button } from "@/components/ui/button";
import { Dialog, DialogContent, DialogDescription, DialogHeader, DialogTitle } from "@/components/ui/dialog";
import { FormField } from "@/components/ui/form-field";
import { Skeleton } from "@/components/ui/skeleton";
import { Switch } from "@/components/ui/switch";
import { draftText, useConfigDraft } from "@/lib/config-draft";
import { explainRoute } from "../data/queries";
import { Explanation } from "./explanation";

interface ExplainDialogProps {
  body: () => Record<string, unknown>;
  disabled: boolean;
}

/** What the router would do with the question. No model is called. */
export function ExplainDialog({ body, disabled }: ExplainDialogProps) {
  const { t } = useTranslation("playground");
  const { dirty } = useConfigDraft();
  const [open, setOpen] = useState(false);
  const [underDraft, setUnderDraft] = useState(false);
  const explained = useMutation({
    mutationFn: (draft: boolean) => explainRoute({ requestJson: JSON.stringify(body()), draft: draft ? draftText() : undefined }),
    meta: { ownsError: true },
  });
  const ask = (draft: boolean) => {
    setUnderDraft(draft);
    explained.mutate(draft);
  };
  return (
    <Dialog open={open} onOpenChange={setOpen}>
      <Button
        variant="ghost"
        size="sm"
        disabled={disabled}
        onClick={() => {
          setOpen(true);
          ask(dirty && underDraft);
        }}
      >
        <Route aria-hidden />
        {t("explain.button")}
      </Button>
      <DialogContent className="max-w-xl">
        <DialogHeader>
          <DialogTitle>{t("explain.title")}</DialogTitle>
          <DialogDescription>{t("explain.description")}</DialogDescription>
        </DialogHeader>
        {dirty && (
          <FormField label={t("explain.underDraft")} inline>
            <Switch checked={underDraft} onCheckedChange={ask} />
          </FormField>
        )}
        {explained.isError && <ErrorState error={explained.error} onRetry={() => ask(underDraft)} />}
        {explained.isPending && <Skeleton className="h-56 w-full" />}
        {explained.data && !explained.isPending && <Explanation answer={explained.data} />}
      </DialogContent>
    </Dialog>
  );
}
