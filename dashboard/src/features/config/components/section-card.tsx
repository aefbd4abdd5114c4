import { ChevronDown } from "lucide-react";
import { type ReactNode, useId } from "react";
import { Card, CardAction, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";

interface SectionCardProps {
  title: ReactNode;
  description?: ReactNode;
  action?: ReactNode;
  children?: ReactNode;
}

export function SectionCard({ title, description, action, children }: SectionCardProps) {
  const id = useId();
  return (
    <Card role="group" aria-labelledby={id}>
      <CardHeader>
        <CardTitle id={id}>{title}</CardTitle>
        {description && <CardDescription className="max-w-prose">{description}</CardDescription>}
        {action && <CardAction>{action}</CardAction>}
      </CardHeader>
      {children && <CardContent className="grid grid-cols-[minmax(0,1fr)] gap-5">{children}</CardContent>}
    </Card>
  );
}

/** What few people need, one click away. Opens itself for a field inside that is pointed at. */
export function Folded({ title, children, open }: { title: ReactNode; children: ReactNode; open?: boolean }) {
  return (
    <details className="group rounded-lg border" open={open}>
      <summary className="focus-ring flex cursor-pointer list-none items-center justify-between gap-2 rounded-lg px-3 py-2 text-sm font-medium hover:bg-accent/60">
        {title}
        <ChevronDown aria-hidden className="size-4 text-muted-foreground transition-transform group-open:rotate-180" />
      </summary>
      <div className="grid gap-5 border-t p-3">{children}</div>
    </details>
  );
}

export function SectionHeading({ title, description }: { title: ReactNode; description?: ReactNode }) {
  return (
    <div className="border-t pt-4">
      <h3 className="text-sm font-semibold">{title}</h3>
      {description && <p className="text-xs leading-5 text-muted-foreground">{description}</p>}
    </div>
  );
}
