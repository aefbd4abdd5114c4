import { Menu, Search } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Logo } from "@/components/logo";
import { Button } from "@/components/ui/button";
import { Sheet, SheetContent, SheetDescription, SheetHeader, SheetTitle, SheetTrigger } from "@/components/ui/sheet";
import { GatewayState } from "./gateway-state";
import { Kbd } from "./kbd";
import { LanguageMenu, ThemeMenu } from "@/components/look-menus";
import { Navigation } from "./navigation";
import { UnsavedIndicator } from "./unsaved-indicator";
import { UserMenu } from "./user-menu";

type TopBarProps = { onSearch: () => void; onHelp: () => void };

export function TopBar({ onSearch, onHelp }: TopBarProps) {
  const { t } = useTranslation("common");
  return (
    <header className="sticky top-0 z-30 flex h-13 shrink-0 items-center gap-1.5 border-b bg-background/90 px-3 backdrop-blur sm:px-4">
      <MobileMenu />
      <GatewayState />
      <div className="flex-1" />
      <UnsavedIndicator />
      <Button
        variant="outline"
        size="sm"
        className="gap-2 border-border px-2.5 font-normal text-muted-foreground max-sm:size-9 max-sm:border-transparent max-sm:bg-transparent max-sm:px-0"
        aria-label={t("palette.open")}
        aria-keyshortcuts="Control+K Meta+K"
        onClick={onSearch}
      >
        <Search aria-hidden />
        <span className="hidden sm:inline">{t("palette.short")}</span>
        <span className="hidden gap-0.5 md:inline-flex" aria-hidden>
          <Kbd>Ctrl</Kbd>
          <Kbd>K</Kbd>
        </span>
      </Button>
      <span className="hidden sm:contents">
        <LanguageMenu />
        <ThemeMenu />
      </span>
      <UserMenu onHelp={onHelp} />
    </header>
  );
}

function MobileMenu() {
  const { t } = useTranslation("common");
  const [open, setOpen] = useState(false);
  return (
    <Sheet open={open} onOpenChange={setOpen}>
      <SheetTrigger asChild>
        <Button variant="ghost" size="icon" className="-ml-1.5 lg:hidden" aria-label={t("nav.open")}>
          <Menu aria-hidden />
        </Button>
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
