import { useTranslation } from "react-i18next";
import { Dialog, DialogContent, DialogDescription, DialogHeader, DialogTitle } from "@/components/ui/dialog";
import { Kbd } from "./kbd";
import { pages } from "./pages";

type ShortcutHelpProps = { open: boolean; onOpenChange: (open: boolean) => void };

export function ShortcutHelp({ open, onOpenChange }: ShortcutHelpProps) {
  const { t } = useTranslation("common");
  const rows: { name: string; keys: string[] }[] = [
    { name: t("shortcuts.palette"), keys: ["Ctrl", "K"] },
    { name: t("shortcuts.help"), keys: ["?"] },
    { name: t("shortcuts.close"), keys: ["Esc"] },
    ...pages.map((page) => ({ name: t("shortcuts.goTo", { page: t(`nav.${page.name}`) }), keys: ["g", page.key] })),
  ];
  return (
    <Dialog open={open} onOpenChange={onOpenChange}>
      <DialogContent className="max-w-md">
        <DialogHeader>
          <DialogTitle>{t("shortcuts.title")}</DialogTitle>
          <DialogDescription>{t("shortcuts.description")}</DialogDescription>
        </DialogHeader>
        <dl className="grid grid-cols-[1fr_auto] gap-x-6 gap-y-2 text-sm">
          {rows.map((row) => (
            <div key={row.name} className="contents">
              <dt>{row.name}</dt>
              <dd className="flex gap-1">
                {row.keys.map((key) => (
                  <Kbd key={key}>{key}</Kbd>
                ))}
              </dd>
            </div>
          ))}
        </dl>
      </DialogContent>
    </Dialog>
  );
}
