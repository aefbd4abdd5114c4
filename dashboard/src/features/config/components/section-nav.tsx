import { Link } from "@tanstack/react-router";
import { Boxes, Braces, FileCode2, GitFork, HeartPulse, History, Layers3, RotateCcw, Server, SlidersHorizontal } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useConfigDraft } from "@/lib/config-draft";
import { cn } from "@/lib/utils";
import { type Place, SECTIONS, sectionOf, TOOLS } from "../lib/sections";
import { ChangedDot } from "./field-frame";
import { ProblemCount } from "./problem-count";

const ICONS = { tiers: Layers3, router: GitFork, providers: Server, models: Boxes, retry: RotateCcw, health: HeartPulse, params: Braces, general: SlidersHorizontal, history: History, yaml: FileCode2 } as const;

function NavItem({ place, current }: { place: Place; current: boolean }) {
  const { t } = useTranslation("config");
  const { changes, problems } = useConfigDraft();
  const Icon = ICONS[place];
  const isSection = place !== "history" && place !== "yaml";
  const changed = isSection && changes.some((change) => sectionOf(change.path) === place);
  const mine = isSection ? problems.filter((problem) => sectionOf(problem.path) === place) : [];
  return (
    <li className="shrink-0">
      <Link
        to="/config/$section"
        params={{ section: place }}
        aria-current={current ? "page" : undefined}
        className={cn("focus-ring flex items-center gap-2.5 rounded-md px-2.5 py-1.5 text-sm whitespace-nowrap text-muted-foreground hover:bg-accent/60 hover:text-foreground", current && "bg-accent font-medium text-accent-foreground")}
      >
        <Icon aria-hidden className="size-4 shrink-0" />
        <span className="flex-1">{t(`sections.${place}`)}</span>
        {changed && (
          <>
            <ChangedDot />
            <span className="sr-only">{t("changed")}</span>
          </>
        )}
        <ProblemCount problems={mine} />
      </Link>
    </li>
  );
}

/** The parts of the configuration, with what is changed and what is wrong in each. */
export function SectionNav({ current }: { current: Place }) {
  const { t } = useTranslation("config");
  return (
    <nav aria-label={t("nav")} className="lg:sticky lg:top-20">
      <ul className="flex gap-1 overflow-x-auto pb-1 lg:flex-col">
        {SECTIONS.map((place) => (
          <NavItem key={place} place={place} current={current === place} />
        ))}
        <li aria-hidden className="my-1 hidden border-t lg:block" />
        {TOOLS.map((place) => (
          <NavItem key={place} place={place} current={current === place} />
        ))}
      </ul>
    </nav>
  );
}
