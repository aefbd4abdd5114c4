import { useEffect } from "react";

function targetOf(field: string): HTMLElement | undefined {
  const root = document.querySelector("[data-config-sheet]") ?? document;
  const all = [...root.querySelectorAll<HTMLElement>("[data-config-path]")];
  const fits = all.filter((element) => {
    const path = element.dataset.configPath ?? "";
    return field === path || (field.startsWith(path) && /^[.[]/.test(field.slice(path.length)));
  });
  // The closest one: of several that hold the field, the one with the longest path; of equals the innermost, which comes last.
  return fits.sort((a, b) => (a.dataset.configPath ?? "").length - (b.dataset.configPath ?? "").length).at(-1);
}

/** Shows the field that the URL points at and puts the cursor into it. */
export function JumpTarget({ field }: { field: string | undefined }) {
  useEffect(() => {
    if (field === undefined) return;
    const frame = requestAnimationFrame(() => {
      const target = targetOf(field);
      if (!target) return;
      const fold = target.closest("details");
      if (fold) fold.open = true;
      target.scrollIntoView({ block: "center" });
      target.querySelector<HTMLElement>("input, textarea, [role=combobox], [role=switch], button")?.focus({ preventScroll: true });
    });
    return () => cancelAnimationFrame(frame);
  }, [field]);
  return null;
}
