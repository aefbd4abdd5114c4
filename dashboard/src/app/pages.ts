// The pages there are, in the order of the menu.
import {
  FlaskConical,
  LayoutDashboard,
  type LucideIcon,
  MessageSquareText,
  ScrollText,
  Settings,
  SlidersHorizontal,
  SquareTerminal,
} from "lucide-react";

export type PageName = "overview" | "logs" | "terminal" | "playground" | "whatIf" | "config" | "settings";
export type Page = {
  name: PageName;
  to: "/" | "/logs" | "/terminal" | "/playground" | "/what-if" | "/config" | "/settings";
  icon: LucideIcon;
  /** The second key after "g". */
  key: string;
};

export const pages: readonly Page[] = [
  { name: "overview", to: "/", icon: LayoutDashboard, key: "o" },
  { name: "logs", to: "/logs", icon: ScrollText, key: "l" },
  { name: "terminal", to: "/terminal", icon: SquareTerminal, key: "t" },
  { name: "playground", to: "/playground", icon: MessageSquareText, key: "p" },
  { name: "whatIf", to: "/what-if", icon: FlaskConical, key: "w" },
  { name: "config", to: "/config", icon: SlidersHorizontal, key: "c" },
  { name: "settings", to: "/settings", icon: Settings, key: "s" },
];

/** Of the menu, what belongs together. */
export const pageGroups: readonly { name: "observe" | "try" | "change"; pages: readonly PageName[] }[] = [
  { name: "observe", pages: ["overview", "logs", "terminal"] },
  { name: "try", pages: ["playground", "whatIf"] },
  { name: "change", pages: ["config", "settings"] },
];

export function pageAt(path: string): Page | undefined {
  return pages.find((page) => (page.to === "/" ? path === "/" : path === page.to || path.startsWith(`${page.to}/`)));
}
