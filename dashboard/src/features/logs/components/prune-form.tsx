import { Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ConfirmDialog } from "@/components/confirm-dialog";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { FormField } from "@/components/ui/form-field";
import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from "@/components/ui/select";
import { toast } from "@/components/ui/toast";
import type { LogStorage } from "@/gen/smartroute/v1/admin_pb";
import { useFormat } from "@/hooks/use-format";
import { usePrune } from "../data/queries";

const dayMs = 86_400_000;
const ages = { d1: 1, d7: 7, d30: 30, d90: 90, all: 0 } as const;
type Age = keyof typeof ages;

/** Removes what is older than somebody wants to keep. */
export function PruneForm({ storage }: { storage: LogStorage }) {
  const { t } = useTranslation("logs");
  const format = useFormat();
  const prune = usePrune();
  const [age, setAge] = useState<Age>("d30");
  const [bodiesOnly, setBodiesOnly] = useState(true);
  // Fixed when asked for: what the question names is what goes.
  const [before, setBefore] = useState<number>();
  const what = t(bodiesOnly ? "prune.whatBodies" : "prune.whatRecords");
  const moment = before === undefined || before === 0 ? "" : format.dateTime(before);
  const run = () => {
    prune.mutate(
      { beforeUs: BigInt(before ?? 0) * 1000n, bodiesOnly },
      {
        onSuccess: ({ records, bytes }) => toast.success(t(bodiesOnly ? "prune.doneBodies" : "prune.done", { count: Number(records), shown: format.number(records), bytes: format.bytes(bytes) })),
        onSettled: () => setBefore(undefined),
      },
    );
  };
  return (
    <div className="grid gap-3 border-t pt-4">
      <h3 className="text-sm font-semibold">{t("prune.title")}</h3>
      <div className="flex flex-wrap items-end gap-3">
        <FormField label={t("prune.age")}>
          {(wires) => (
            <Select value={age} onValueChange={(value) => setAge(value as Age)}>
              <SelectTrigger {...wires} className="w-48">
                <SelectValue />
              </SelectTrigger>
              <SelectContent>
                {Object.keys(ages).map((one) => (
                  <SelectItem key={one} value={one}>
                    {t(`prune.ages.${one}`)}
                  </SelectItem>
                ))}
              </SelectContent>
            </Select>
          )}
        </FormField>
        <Button variant="destructive" onClick={() => setBefore(ages[age] === 0 ? 0 : Date.now() - ages[age] * dayMs)}>
          <Trash2 aria-hidden />
          {t("prune.button")}
        </Button>
      </div>
      <FormField inline label={t("prune.bodiesOnly")} hint={t("prune.bodiesOnlyHint")}>
        {(wires) => <Checkbox {...wires} checked={bodiesOnly} onCheckedChange={(value) => setBodiesOnly(value === true)} />}
      </FormField>
      <ConfirmDialog
        open={before !== undefined}
        onOpenChange={(open) => !open && setBefore(undefined)}
        title={moment === "" ? t("prune.confirmAll", { what }) : t("prune.confirm", { what, moment })}
        description={bodiesOnly ? t("prune.confirmBodies") : t("prune.confirmRecords", { records: format.number(storage.records) })}
        action={t("prune.button")}
        pending={prune.isPending}
        onConfirm={run}
      />
    </div>
  );
}
