import { useState } from "react";
import { useTranslation } from "react-i18next";
import { LanguageMenu, ThemeMenu } from "@/components/look-menu";
import { Logo } from "@/components/logo";
import { Sheet, SheetContent, SheetDescription, SheetHeader, SheetTitle, SheetTrigger } from "@/components/ui/sheet";
import { MenuButton } from "./menu-button";
import { Navigation } from "./navigation";

export function MobileMenu({ defaultOpen = false }: { defaultOpen?: boolean }) {
  const { t } = useTranslation("common");
  const [open, setOpen] = useState(defaultOpen);
  return (
    <Sheet open={open} onOpenChange={setOpen}>
      <SheetTrigger asChild>
        <MenuButton />
      </SheetTrigger>
      <SheetContent side="left" className="bg-sidebar">
        <SheetHeader>
          <SheetTitle className="flex items-center gap-2.5">
            <Logo className="size-7" />
            {t("appName")}
          </SheetTitle>
          <SheetDescription className="sr-only">{t("nav.label")}</SheetDescription>
        </SheetHeader>
        <div className="min-h-0 flex-1 overflow-y-auto px-3 pb-4">
          <Navigation onFollow={() => setOpen(false)} />
          <div className="mt-5 flex gap-1 border-t pt-3 sm:hidden">
            <LanguageMenu />
            <ThemeMenu />
          </div>
        </div>
      </SheetContent>
    </Sheet>
  );
}
