import { LanguageButton, ThemeButton } from "@/components/look-buttons";
import { onDemand } from "@/lib/on-demand";

export const ThemeMenu = onDemand("menu", ThemeButton, () => import("./look-menus").then((file) => file.ThemeMenu));
export const LanguageMenu = onDemand("menu", LanguageButton, () => import("./look-menus").then((file) => file.LanguageMenu));
