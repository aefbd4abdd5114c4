import type { ComponentProps } from "react";
import { cn } from "@/lib/utils";
import { fieldClasses } from "./input";

export function Textarea({ className, ...props }: ComponentProps<"textarea">) {
  return <textarea dir="auto" className={cn(fieldClasses, "field-sizing-content min-h-16 px-3 py-2", className)} {...props} />;
}
