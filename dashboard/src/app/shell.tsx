import { lazy, type ReactNode, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { DraftBarSlot } from "./draft-bar-slot";
import { Sidebar } from "./sidebar";
import { type ShellDialog, useShortcuts } from "./shortcuts";
import { TopBar } from "./top-bar";

const Palette = lazy(() => import("./palette").then((file) => ({ default: file.Palette })));
const ShortcutHelp = lazy(() => import("./shortcut-help").then((file) => ({ default: file.ShortcutHelp })));

export function Shell({ children }: { children: ReactNode }) {
  const { t } = useTranslation("common");
  const [dialog, setDialog] = useState<ShellDialog>("none");
  useShortcuts(setDialog);
  const openIs = (name: ShellDialog) => ({
    open: dialog === name,
    onOpenChange: (open: boolean) => setDialog(open ? name : "none"),
  });
  return (
    <div className="flex min-h-dvh">
      <a
        href="#main"
        className="focus-ring fixed top-2 left-2 z-[60] -translate-y-20 rounded-md bg-primary px-3 py-2 text-sm font-medium text-primary-foreground focus:translate-y-0"
        onClick={(event) => {
          event.preventDefault();
          document.getElementById("main")?.focus();
        }}
      >
        {t("skipToContent")}
      </a>
      <Sidebar />
      <div className="flex min-w-0 flex-1 flex-col">
        <TopBar onSearch={() => setDialog("palette")} onHelp={() => setDialog("help")} />
        <main id="main" tabIndex={-1} className="mx-auto w-full max-w-[110rem] min-w-0 flex-1 p-4 outline-none sm:p-6">
          {children}
          <DraftBarSlot />
        </main>
      </div>
      <Suspense fallback={null}>
        {dialog === "palette" && <Palette {...openIs("palette")} onHelp={() => setDialog("help")} />}
        {dialog === "help" && <ShortcutHelp {...openIs("help")} />}
      </Suspense>
    </div>
  );
}
