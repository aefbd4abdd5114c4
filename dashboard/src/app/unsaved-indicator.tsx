import { Link } from "@tanstack/react-router";
import { PencilLine } from "lucide-react";
import { useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { draftKeptEvent, draftStorageKey } from "@/lib/draft-storage";

const lookEveryMs = 1_000;

function subscribe(listener: () => void): () => void {
  const timer = setInterval(listener, lookEveryMs);
  window.addEventListener(draftKeptEvent, listener);
  return () => {
    clearInterval(timer);
    window.removeEventListener(draftKeptEvent, listener);
  };
}

function hasDraft(): boolean {
  try {
    return sessionStorage.getItem(draftStorageKey) !== null;
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
