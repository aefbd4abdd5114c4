import type { ComponentProps } from "react";
import { cn } from "@/lib/utils";
import { Input } from "./input";

type InputOtpProps = Omit<ComponentProps<"input">, "value" | "onChange" | "type"> & {
  value: string;
  onChange: (value: string) => void;
  /** Called once, when the last digit has come. */
  onComplete?: (value: string) => void;
  length?: number;
};

/** One field for a code of digits: it can be pasted with blanks, filled in by the browser, and read as one by a screen reader. */
export function InputOtp({ value, onChange, onComplete, length = 6, className, ...props }: InputOtpProps) {
  return (
    <Input
      inputMode="numeric"
      autoComplete="one-time-code"
      spellCheck={false}
      placeholder={"•".repeat(length)}
      {...props}
      value={value}
      onChange={(event) => {
        const digits = event.target.value.replace(/\D/g, "").slice(0, length);
        onChange(digits);
        if (digits.length === length && digits !== value) onComplete?.(digits);
      }}
      className={cn("h-12 text-center font-mono text-xl tracking-[0.5em] tabular-nums sm:text-xl", className)}
    />
  );
}
