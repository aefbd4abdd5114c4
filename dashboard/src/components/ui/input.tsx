import type { ComponentProps } from "react";
import { cn } from "@/lib/utils";

export const fieldClasses =
  "w-full min-w-0 rounded-md border border-input bg-card text-base text-foreground transition-colors placeholder:text-muted-foreground focus-visible:border-ring focus-visible:ring-2 focus-visible:ring-ring/35 focus-visible:outline-none disabled:cursor-not-allowed disabled:opacity-60 aria-invalid:border-bad aria-invalid:ring-bad/25 sm:text-sm";

export function Input({ className, type, ...props }: ComponentProps<"input">) {
  return (
    <input
      type={type ?? "text"}
      className={cn(fieldClasses, "h-9 px-3 py-1 file:mr-3 file:border-0 file:bg-transparent file:font-medium", className)}
      {...props}
    />
  );
}
