import type { LucideIcon } from "lucide-react";
import { type ReactNode, useId } from "react";
import { cn } from "@/lib/utils";

type SectionCardProps = { icon: LucideIcon; title: string; aside?: ReactNode; children: ReactNode; className?: string };

/** A part of a record under its heading. */
export function SectionCard({ icon: Icon, title, aside, children, className }: SectionCardProps) {
  const id = useId();
  return (
    <section aria-labelledby={id} className={cn("rounded-xl border bg-card p-4", className)}>
      <div className="mb-3 flex flex-wrap items-center gap-2">
        <h3 id={id} className="inline-flex items-center gap-2 text-sm font-semibold">
          <Icon aria-hidden className="size-4 text-muted-foreground" />
          {title}
        </h3>
        {aside && <div className="ml-auto text-xs text-muted-foreground">{aside}</div>}
      </div>
      {children}
    </section>
  );
}

type FactProps = { name: ReactNode; children: ReactNode };

/** A name and what it is, for a <dl>. */
export function Fact({ name, children }: FactProps) {
  return (
    <div className="flex min-w-0 flex-wrap items-baseline justify-between gap-x-3 gap-y-0.5 py-1 text-[0.8125rem]">
      <dt className="text-muted-foreground">{name}</dt>
      <dd className="min-w-0 text-right break-words">{children}</dd>
    </div>
  );
}
