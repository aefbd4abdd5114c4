import type { ReactNode } from "react";
import { LanguageMenu, ThemeMenu } from "@/components/look-menu";
import { Logo } from "@/components/logo";

type AuthLayoutProps = { title: string; description?: ReactNode; children: ReactNode };

/** A page for whoever is not signed in: one card, and the ways to be able to read it. */
export function AuthLayout({ title, description, children }: AuthLayoutProps) {
  return (
    <div className="relative flex min-h-dvh flex-col items-center justify-center overflow-hidden px-4 py-16">
      <Backdrop />
      <div className="absolute top-3 right-3 flex gap-1">
        <LanguageMenu />
        <ThemeMenu />
      </div>
      <main id="main" className="relative w-full max-w-sm">
        <div className="mb-6 flex items-center justify-center gap-3">
          <Logo className="size-9" />
          <span className="text-xl font-semibold tracking-tight">SmartRoute</span>
        </div>
        <div className="grid gap-5 rounded-xl border bg-card p-6 shadow-soft">
          <div>
            <h1 tabIndex={-1} className="text-lg font-semibold tracking-tight">
              {title}
            </h1>
            {description && <div className="mt-1 text-sm text-muted-foreground">{description}</div>}
          </div>
          {children}
        </div>
      </main>
    </div>
  );
}

/** The routes of the mark, drawn large and faint. */
function Backdrop() {
  return (
    <svg aria-hidden viewBox="0 0 1200 800" preserveAspectRatio="xMidYMid slice" className="pointer-events-none absolute inset-0 size-full opacity-[0.16] dark:opacity-20">
      <g fill="none" strokeWidth="3" strokeLinecap="round">
        <path d="M-40 400H300c180 0 180-250 380-250h600" className="stroke-t1" />
        <path d="M-40 400H1280" className="stroke-chart-1" />
        <path d="M-40 400H300c180 0 180 250 380 250h600" className="stroke-chart-2" />
      </g>
    </svg>
  );
}
