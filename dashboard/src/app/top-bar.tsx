import { Search } from "lucide-react";
import type { ComponentProps } from "react";
import { useTranslation } from "react-i18next";
import { LanguageMenu, ThemeMenu } from "@/components/look-menu";
import { Button } from "@/components/ui/button";
import { onDemand } from "@/lib/on-demand";
import { GatewayButton } from "./gateway-button";
import { Kbd } from "./kbd";
import { MenuButton } from "./menu-button";
import { UnsavedIndicator } from "./unsaved-indicator";
import { UserButton } from "./user-button";

const MobileMenu = onDemand("dialog", MenuButton, () => import("./mobile-menu").then((file) => file.MobileMenu));
const GatewayState = onDemand("dialog", GatewayButton, () => import("./gateway-state").then((file) => file.GatewayState));

/** What the button ignores, the menu needs. */
function UserTrigger({ onHelp: _, ...props }: ComponentProps<typeof UserButton> & { onHelp: () => void }) {
  return <UserButton {...props} />;
}
const UserMenu = onDemand<{ onHelp: () => void }>("menu", UserTrigger, () => import("./user-menu").then((file) => file.UserMenu));

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
