import { Columns3 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import {
  DropdownMenu,
  DropdownMenuCheckboxItem,
  DropdownMenuContent,
  DropdownMenuItem,
  DropdownMenuLabel,
  DropdownMenuSeparator,
  DropdownMenuTrigger,
} from "@/components/ui/dropdown-menu";
import type { Columns } from "../data/use-columns";
import { columnIds } from "../lib/columns";

export function ColumnMenu({ columns }: { columns: Columns }) {
  const { t } = useTranslation("logs");
  return (
    <DropdownMenu>
      <DropdownMenuTrigger asChild>
        <Button variant="outline" size="icon" className="hidden md:inline-flex" aria-label={t("columns")} title={t("columns")}>
          <Columns3 aria-hidden />
        </Button>
      </DropdownMenuTrigger>
      <DropdownMenuContent align="end">
        <DropdownMenuLabel>{t("columns")}</DropdownMenuLabel>
        {columnIds.map((id) => (
          <DropdownMenuCheckboxItem
            key={id}
            disabled={id === "time"}
            checked={!columns.hidden.includes(id)}
            onCheckedChange={(checked) => columns.setHidden(id, !checked)}
            onSelect={(event) => event.preventDefault()}
          >
            {t(`column.${id}`)}
          </DropdownMenuCheckboxItem>
        ))}
        <DropdownMenuSeparator />
        <DropdownMenuItem onSelect={columns.reset}>{t("resetColumns")}</DropdownMenuItem>
      </DropdownMenuContent>
    </DropdownMenu>
  );
}
