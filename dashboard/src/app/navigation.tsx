import { Link, useLocation } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Tooltip, TooltipContent, TooltipTrigger } from "@/components/ui/tooltip";
import { cn } from "@/lib/utils";
import { type Page, pageAt, pageGroups, pages } from "./pages";

type NavigationProps = { narrow?: boolean; onFollow?: () => void };

/** The menu of pages; narrow, only their icons are seen. */
export function Navigation({ narrow = false, onFollow }: NavigationProps) {
  const { t } = useTranslation("common");
  const here = useLocation({ select: (location) => pageAt(location.pathname)?.name });
  return (
    <nav aria-label={t("nav.label")} className="flex flex-col gap-4">
      {pageGroups.map((group) => (
        <div key={group.name} role="group" aria-label={t(`nav.groups.${group.name}`)}>
          {!narrow && (
            <p aria-hidden className="px-2.5 pb-1 text-[0.6875rem] font-medium tracking-wide text-muted-foreground">
              {t(`nav.groups.${group.name}`)}
            </p>
          )}
          <ul className="grid gap-0.5">
            {pages
              .filter((page) => group.pages.includes(page.name))
              .map((page) => (
                <li key={page.name}>
                  <NavigationLink page={page} narrow={narrow} current={page.name === here} onFollow={onFollow} />
                </li>
              ))}
          </ul>
        </div>
      ))}
    </nav>
  );
}

type LinkProps = { page: Page; narrow: boolean; current: boolean; onFollow: (() => void) | undefined };

function NavigationLink({ page, narrow, current, onFollow }: LinkProps) {
  const { t } = useTranslation("common");
  const Icon = page.icon;
  const link = (
    <Link
      to={page.to}
      aria-current={current ? "page" : undefined}
      onClick={onFollow}
      className={cn(
        "focus-ring relative flex h-9 items-center gap-2.5 rounded-md px-2.5 text-sm font-medium text-sidebar-foreground transition-colors hover:bg-accent hover:text-accent-foreground",
        current && "bg-accent text-accent-foreground before:absolute before:inset-y-2 before:left-0 before:w-[3px] before:rounded-full before:bg-primary",
        narrow && "justify-center px-0",
      )}
    >
      <Icon aria-hidden className={cn("size-[1.125rem] shrink-0", current ? "text-primary" : "text-muted-foreground")} />
      <span className={narrow ? "sr-only" : "truncate"}>{t(`nav.${page.name}`)}</span>
    </Link>
  );
  if (!narrow) return link;
  return (
    <Tooltip>
      <TooltipTrigger asChild>{link}</TooltipTrigger>
      <TooltipContent side="right">{t(`nav.${page.name}`)}</TooltipContent>
    </Tooltip>
  );
}
