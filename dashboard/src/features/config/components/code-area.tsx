import { type ComponentProps, useRef } from "react";
import { fieldClasses } from "@/components/ui/input";
import { cn } from "@/lib/utils";

type CodeAreaProps = ComponentProps<"textarea"> & {
  value: string;
  /** From 1; the line to point at. */
  faultLine?: number | undefined;
  rows?: number;
};

/** Text with line numbers beside it. */
export function CodeArea({ value, faultLine, rows = 8, className, ...props }: CodeAreaProps) {
  const gutter = useRef<HTMLDivElement>(null);
  const lines = value.split("\n").length;
  return (
    <div className={cn(fieldClasses, "flex overflow-hidden p-0 focus-within:border-ring focus-within:ring-2 focus-within:ring-ring/35", props["aria-invalid"] && "border-bad", className)}>
      <div ref={gutter} aria-hidden className="min-w-9 shrink-0 overflow-hidden border-r bg-muted py-2 text-right font-mono text-xs leading-5 text-muted-foreground select-none">
        {Array.from({ length: lines }, (_, i) => (
          <div key={i} className={cn("px-2 tabular-nums", faultLine === i + 1 && "bg-bad-soft font-semibold text-bad")}>
            {i + 1}
          </div>
        ))}
      </div>
      <textarea
        {...props}
        value={value}
        rows={Math.max(rows, Math.min(lines, 28))}
        wrap="off"
        spellCheck={false}
        autoCapitalize="off"
        autoComplete="off"
        className="min-w-0 flex-1 resize-y bg-transparent px-3 py-2 font-mono text-base leading-5 outline-none sm:text-xs sm:leading-5"
        onScroll={(event) => {
          if (gutter.current) gutter.current.scrollTop = event.currentTarget.scrollTop;
        }}
      />
    </div>
  );
}
