import { useNavigate } from "@tanstack/react-router";
import { useEffect } from "react";
import { pages } from "./pages";

export type ShellDialog = "none" | "palette" | "help";

const pairMs = 1_200;

/** Where keys are for writing, a single key is no command. */
function isWriting(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || target.closest("input, textarea, select, [role=textbox], [role=combobox], [role=menu], [role=listbox]") !== null;
}

/** Ctrl+K or Command+K, "?", and "g" followed by the letter of a page. */
export function useShortcuts(open: (dialog: ShellDialog) => void): void {
  const navigate = useNavigate();
  useEffect(() => {
    let waitingUntil = 0;
    const onKeyDown = (event: KeyboardEvent) => {
      const key = event.key.toLowerCase();
      if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && key === "k") {
        event.preventDefault();
        open("palette");
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.defaultPrevented || isWriting(event.target)) return;
      // A dialog has the keyboard to itself.
      if (document.querySelector("[role=dialog], [role=alertdialog]")) return;
      if (event.key === "?") {
        event.preventDefault();
        open("help");
      } else if (key === "g") {
        waitingUntil = event.timeStamp + pairMs;
      } else if (event.timeStamp < waitingUntil) {
        waitingUntil = 0;
        const page = pages.find((one) => one.key === key);
        if (!page) return;
        event.preventDefault();
        void navigate({ to: page.to });
      }
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, [navigate, open]);
}
