import { cn } from "@/lib/utils";

type UnitProps = { value: string; unit?: string; className?: string };

/** A formatted number with its unit set back: give "1.24 s" whole, or number and unit apart. */
export function Unit({ value, unit, className }: UnitProps) {
  const parts = unit === undefined ? /^([-\d.,\s]*\d) (\D+)$/.exec(value) : null;
  const number = parts?.[1] ?? value;
  const name = unit ?? parts?.[2];
  return (
    <span className={cn("whitespace-nowrap tabular-nums", className)}>
      {number}
      {name && <span className="ml-[0.2em] text-[0.85em] text-muted-foreground">{name}</span>}
    </span>
  );
}
