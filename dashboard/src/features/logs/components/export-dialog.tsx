import { create, toJson } from "@bufbuild/protobuf";
import { Download } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { Dialog, DialogContent, DialogDescription, DialogFooter, DialogHeader, DialogTitle } from "@/components/ui/dialog";
import { FormField } from "@/components/ui/form-field";
import { Input } from "@/components/ui/input";
import { ToggleGroup, ToggleGroupItem } from "@/components/ui/toggle-group";
import { RecordFilterSchema } from "@/gen/smartroute/v1/admin_pb";
import { apiUrl } from "@/lib/api";
import type { FilterInit } from "../lib/filter";

type ExportDialogProps = { filterOf: () => FilterInit; onClose: () => void };
const formats = ["csv", "jsonl"] as const;

/** The list as a file, as it is filtered. The browser writes it to disk while it comes. */
export function ExportDialog({ filterOf, onClose }: ExportDialogProps) {
  const { t } = useTranslation("logs");
  const { t: common } = useTranslation("common");
  const [format, setFormat] = useState<string>("csv");
  const [bodies, setBodies] = useState(false);
  const [max, setMax] = useState("10000");
  const wrong = max !== "" && !/^[1-9][0-9]{0,11}$/.test(max);
  const href = apiUrl("/admin/v1/logs/export", {
    format,
    filter: JSON.stringify(toJson(RecordFilterSchema, create(RecordFilterSchema, filterOf()))),
    bodies: format === "jsonl" && bodies ? true : undefined,
    max_records: max === "" || wrong ? undefined : max,
  });
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()}>
      <DialogContent>
        <DialogHeader>
          <DialogTitle>{t("export.title")}</DialogTitle>
          <DialogDescription>{t("export.description")}</DialogDescription>
        </DialogHeader>
        <div className="grid gap-4">
          <div className="grid gap-1.5">
            <span id="export-format" className="text-sm font-medium">
              {t("export.format")}
            </span>
            <ToggleGroup type="single" aria-labelledby="export-format" value={format} onValueChange={(value) => value && setFormat(value)}>
              {formats.map((one) => (
                <ToggleGroupItem key={one} value={one}>
                  {t(`export.${one}`)}
                </ToggleGroupItem>
              ))}
            </ToggleGroup>
            <p className="text-xs text-muted-foreground">{t(`export.${format}Hint`)}</p>
          </div>
          <FormField inline label={t("export.bodies")} hint={format === "csv" ? t("export.bodiesJsonOnly") : t("export.bodiesHint")}>
            {(wires) => <Checkbox {...wires} disabled={format === "csv"} checked={format === "jsonl" && bodies} onCheckedChange={(value) => setBodies(value === true)} />}
          </FormField>
          <FormField label={t("export.max")} hint={t("export.maxHint")} error={wrong ? t("export.maxWrong") : undefined}>
            <Input inputMode="numeric" className="w-40 tabular-nums" value={max} onChange={({ target }) => setMax(target.value.trim())} />
          </FormField>
        </div>
        <DialogFooter>
          <Button variant="outline" onClick={onClose}>
            {common("cancel")}
          </Button>
          {wrong ? (
            <Button disabled>{t("export.start")}</Button>
          ) : (
            <Button asChild>
              <a href={href} download onClick={() => setTimeout(onClose)}>
                <Download aria-hidden />
                {t("export.start")}
              </a>
            </Button>
          )}
        </DialogFooter>
      </DialogContent>
    </Dialog>
  );
}
