import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Sheet, SheetContent, SheetDescription, SheetHeader, SheetTitle } from "@/components/ui/sheet";

type FacetSheetProps = { open: boolean; onOpenChange: (open: boolean) => void; children: ReactNode };

/** The filters, where there is no room for them beside the list. */
export function FacetSheet({ open, onOpenChange, children }: FacetSheetProps) {
  const { t } = useTranslation("logs");
  return (
    <Sheet open={open} onOpenChange={onOpenChange}>
      <SheetContent side="left">
        <SheetHeader>
          <SheetTitle>{t("filters")}</SheetTitle>
          <SheetDescription className="sr-only">{t("filtersHint")}</SheetDescription>
        </SheetHeader>
        <div className="min-h-0 flex-1 overflow-y-auto px-2 pb-4">{children}</div>
      </SheetContent>
    </Sheet>
  );
}
