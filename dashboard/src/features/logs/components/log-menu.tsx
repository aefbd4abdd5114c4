import { Database, Download, EllipsisVertical } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { DropdownMenu, DropdownMenuContent, DropdownMenuItem, DropdownMenuTrigger } from "@/components/ui/dropdown-menu";
import type { FilterInit } from "../lib/filter";
import { ExportDialog } from "./export-dialog";
import { StorageDialog } from "./storage-dialog";

/** What can be done with the log as a whole. */
export function LogMenu({ filterOf }: { filterOf: () => FilterInit }) {
  const { t } = useTranslation("logs");
  const { t: common } = useTranslation("common");
  const [open, setOpen] = useState<"export" | "storage">();
  const close = () => setOpen(undefined);
  return (
    <>
      <DropdownMenu>
        <DropdownMenuTrigger asChild>
          <Button variant="outline" size="icon" aria-label={common("more")} title={common("more")}>
            <EllipsisVertical aria-hidden />
          </Button>
        </DropdownMenuTrigger>
        <DropdownMenuContent align="end">
          <DropdownMenuItem onSelect={() => setOpen("export")}>
            <Download aria-hidden />
            {t("export.open")}
          </DropdownMenuItem>
          <DropdownMenuItem onSelect={() => setOpen("storage")}>
            <Database aria-hidden />
            {t("storage.open")}
          </DropdownMenuItem>
        </DropdownMenuContent>
      </DropdownMenu>
      {open === "export" && <ExportDialog filterOf={filterOf} onClose={close} />}
      {open === "storage" && <StorageDialog onClose={close} />}
    </>
  );
}
