import { useRef } from "react";

/** An entry of a menu is gone by then; the button of its menu is not. */
function lastingElement(element: Element | null): HTMLElement | null {
  const menu = element?.closest("[role=menu]");
  const trigger = menu ? document.getElementById(menu.getAttribute("aria-labelledby") ?? "") : null;
  const lasting = trigger ?? element;
  return lasting instanceof HTMLElement ? lasting : null;
}

type Handlers = { onOpenAutoFocus?: ((event: Event) => void) | undefined; onCloseAutoFocus?: ((event: Event) => void) | undefined };

/**
 * Gives the focus back to where it was when a dialog opened. Radix does so only for a dialog that has a trigger of its own; most are
 * opened by something else.
 */
export function useReturnFocus({ onOpenAutoFocus, onCloseAutoFocus }: Handlers): Required<Handlers> {
  const from = useRef<HTMLElement>(null);
  return {
    onOpenAutoFocus: (event) => {
      from.current = lastingElement(document.activeElement);
      onOpenAutoFocus?.(event);
    },
    onCloseAutoFocus: (event) => {
      onCloseAutoFocus?.(event);
      if (event.defaultPrevented || !from.current?.isConnected) return;
      event.preventDefault();
      from.current.focus({ preventScroll: true });
    },
  };
}
