import { getPreferences, subscribePreferences } from "@/lib/preferences";

/** Keeps the page in the preferred theme, and in the system's when that is preferred; and as dense as preferred. */
export function startTheme(): void {
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    const { theme, density } = getPreferences();
    const dark = theme === "dark" || (theme === "system" && system.matches);
    const root = document.documentElement;
    root.classList.toggle("dark", dark);
    root.dataset.density = density;
    root.style.colorScheme = dark ? "dark" : "light";
  };
  apply();
  subscribePreferences(apply);
  system.addEventListener("change", apply);
}
