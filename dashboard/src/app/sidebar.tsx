import { PanelLeftClose, PanelLeftOpen } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Logo } from "@/components/logo";
import { Button } from "@/components/ui/button";
import { useSession } from "@/hooks/use-session";
import { cn } from "@/lib/utils";
import { Navigation } from "./navigation";

const storageKey = "smartroute.sidebar";

function readNarrow(): boolean {
  try {
    return localStorage.getItem(storageKey) === "narrow";
  } catch {
    return false;
  }
}

/** The menu at the side of a wide screen; a narrow screen has it in a sheet. */
export function Sidebar() {
  const { t } = useTranslation("common");
  const { session } = useSession();
  const [narrow, setNarrow] = useState(readNarrow);
  const toggle = () => {
    setNarrow(!narrow);
    try {
      localStorage.setItem(storageKey, narrow ? "wide" : "narrow");
    } catch {
      // It holds until the page is loaded again.
    }
  };
  const Icon = narrow ? PanelLeftOpen : PanelLeftClose;
  const action = narrow ? t("nav.widen") : t("nav.narrow");
  return (
    <aside
      aria-label={t("appName")}
      className={cn(
        "sticky top-0 hidden h-dvh shrink-0 flex-col border-r bg-sidebar py-3 transition-[width] lg:flex",
        narrow ? "w-15 px-2" : "w-56 px-3",
      )}
    >
      <div className={cn("mb-5 flex h-8 items-center gap-2.5", narrow ? "justify-center" : "px-1")}>
        <Logo className="size-7 shrink-0" />
        {!narrow && <span className="text-[0.9375rem] font-semibold tracking-tight">{t("appName")}</span>}
      </div>
      <div className="-mx-1 min-h-0 flex-1 overflow-y-auto px-1">
        <Navigation narrow={narrow} />
      </div>
      <div className={cn("flex items-center gap-2 pt-2", narrow ? "justify-center" : "justify-between pl-2.5")}>
        {!narrow && session.version && (
          <span className="truncate text-xs text-muted-foreground tabular-nums">{t("version", { version: session.version })}</span>
        )}
        <Button variant="ghost" size="icon" className="size-8 text-muted-foreground" aria-label={action} title={action} onClick={toggle}>
          <Icon aria-hidden />
        </Button>
      </div>
    </aside>
  );
}
