import { Link } from "@tanstack/react-router";
import { CircleUserRound, Info, KeyRound, MonitorSmartphone, Palette, ShieldCheck, Users } from "lucide-react";
import { useTranslation } from "react-i18next";
import { cn } from "@/lib/utils";
import type { Section } from "../search";

const icons = { account: CircleUserRound, "two-factor": ShieldCheck, sessions: MonitorSmartphone, users: Users, tokens: KeyRound, "language-and-appearance": Palette, about: Info };

interface SectionNavProps {
  sections: readonly Section[];
  current: Section;
}

/** On a narrow screen the row scrolls: where one is must be seen. */
function showCurrent(link: HTMLAnchorElement | null) {
  link?.scrollIntoView({ block: "nearest", inline: "center" });
}

export function SectionNav({ sections, current }: SectionNavProps) {
  const { t } = useTranslation("settings");
  return (
    <nav aria-label={t("nav")} className="-mx-1 overflow-x-auto px-1 py-1">
      <ul className="flex gap-1 lg:flex-col">
        {sections.map((section) => {
          const Icon = icons[section];
          return (
            <li key={section}>
              <Link
                to="/settings/$section"
                params={{ section }}
                ref={section === current ? showCurrent : undefined}
                aria-current={section === current ? "page" : undefined}
                className={cn(
                  "focus-ring flex items-center gap-2 rounded-md px-3 py-2 text-sm whitespace-nowrap text-muted-foreground hover:bg-accent hover:text-accent-foreground",
                  section === current && "bg-accent font-medium text-accent-foreground",
                )}
              >
                <Icon aria-hidden className="size-4 shrink-0" />
                {t(`sections.${section}`)}
              </Link>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}
