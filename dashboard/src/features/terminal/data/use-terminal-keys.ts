import { type RefObject, useEffect } from "react";

type Commands = { pause: () => void; jump: () => void; filter: RefObject<HTMLInputElement | null> };

/** Space pauses, End jumps to the newest line, "/" goes to the filter; where a key has a meaning of its own, it keeps it. */
export function useTerminalKeys({ pause, jump, filter }: Commands): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      const { target } = event;
      if (target instanceof Element && target.closest("input, textarea, select, [role=combobox], [role=menu], [role=dialog]")) return;
      const pressesIt = target instanceof Element && target.closest("button, a, [role=radio]");
      if (event.key === " " && !pressesIt && !event.repeat) pause();
      else if (event.key === "End") jump();
      else if (event.key === "/") {
        filter.current?.focus();
        filter.current?.select();
      } else return;
      event.preventDefault();
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, [pause, jump, filter]);
}
