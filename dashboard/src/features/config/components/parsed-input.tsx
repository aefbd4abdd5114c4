import { type ComponentProps, useState } from "react";
import { Input } from "@/components/ui/input";
import { cn } from "@/lib/utils";

type ParsedInputProps<T> = Omit<ComponentProps<"input">, "value" | "onChange"> & {
  value: T | undefined;
  write: (value: T) => string;
  /** Undefined: the text says nothing of that kind. */
  read: (text: string) => T | undefined;
  onValue: (value: T | undefined) => void;
  /** What is typed, while it says nothing that could be taken. */
  onFault: (text: string | undefined) => void;
};

/** Text that stands for a value. What is half typed stays as it is; what says something is taken at once. */
export function ParsedInput<T>({ value, write, read, onValue, onFault, className, ...props }: ParsedInputProps<T>) {
  const [typed, setTyped] = useState<string>();
  const take = (text: string) => {
    setTyped(text);
    const next = text.trim() === "" ? undefined : read(text);
    const bad = text.trim() !== "" && next === undefined;
    onFault(bad ? text : undefined);
    if (!bad) onValue(next);
  };
  const leave = () => {
    if (typed === undefined || (typed.trim() !== "" && read(typed) === undefined)) return;
    setTyped(undefined);
  };
  return (
    <Input
      autoComplete="off"
      spellCheck={false}
      className={cn("tabular-nums", className)}
      {...props}
      value={typed ?? (value === undefined ? "" : write(value))}
      onChange={(event) => take(event.target.value)}
      onBlur={leave}
    />
  );
}
