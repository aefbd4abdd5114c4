import { Link } from "@tanstack/react-router";
import { PencilLine } from "lucide-react";
import { useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";

// Where the draft keeps itself; looked at from here so that no page but those that edit has to load it.
const storageKey = "smartroute.config-draft";
const lookEveryMs = 1_000;

function subscribe(listener: () => void): () => void {
  const timer = setInterval(listener, lookEveryMs);
  return () => clearInterval(timer);
}

function hasDraft(): boolean {
  try {
    return sessionStorage.getItem(storageKey) !== null;
  } catch {
    return false;
  }
}

/** Whether this tab has a configuration nobody has saved yet. */
export function useUnsaved(): boolean {
  return useSyncExternalStore(subscribe, hasDraft);
}

/** Says on every page that there is a configuration nobody has saved yet. */
export function UnsavedIndicator() {
  const { t } = useTranslation("common");
  const unsaved = useUnsaved();
  if (!unsaved) return null;
  return (
    <Button asChild variant="ghost" size="sm" className="bg-warn-soft px-2.5 text-warn hover:text-warn">
      <Link to="/config" title={t("unsaved.hint")}>
        <PencilLine aria-hidden />
        <span className="max-md:sr-only">{t("unsaved.text")}</span>
      </Link>
    </Button>
  );
}
