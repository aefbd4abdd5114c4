import { type ComponentProps, createContext, type KeyboardEvent, use } from "react";
import { cn } from "@/lib/utils";

type Choice = { chosen: readonly string[]; single: boolean; choose: (value: string) => void; disabled: boolean };
const GroupContext = createContext<Choice>({ chosen: [], single: true, choose: () => {}, disabled: false });

type Single = { type?: "single"; value: string; onValueChange: (value: string) => void };
type Multiple = { type: "multiple"; value: readonly string[]; onValueChange: (value: string[]) => void };
type ToggleGroupProps = Omit<ComponentProps<"div">, "onChange"> & (Single | Multiple) & { disabled?: boolean };

const steps: Record<string, number> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

function choiceOf(props: (Single | Multiple) & { disabled?: boolean }): Choice {
  const { disabled = false } = props;
  if (props.type !== "multiple") return { chosen: props.value ? [props.value] : [], single: true, choose: props.onValueChange, disabled };
  const { value: chosen, onValueChange } = props;
  const choose = (value: string) => onValueChange(chosen.includes(value) ? chosen.filter((one) => one !== value) : [...chosen, value]);
  return { chosen, single: false, choose, disabled };
}

/**
 * One of a few, side by side: arrow keys go from one to the next, Tab enters and leaves. Or several of a few, each switched by itself.
 * Needs an accessible name.
 */
export function ToggleGroup({ type, value, onValueChange, disabled, className, ...props }: ToggleGroupProps) {
  const choice = choiceOf({ type, value, onValueChange, disabled } as Parameters<typeof choiceOf>[0]);
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    const step = steps[event.key];
    if (step === undefined) return;
    const items = [...event.currentTarget.querySelectorAll<HTMLButtonElement>("[role=radio]:not(:disabled)")];
    const at = items.findIndex((item) => item === document.activeElement);
    if (at < 0) return;
    event.preventDefault();
    const next = items[(at + step + items.length) % items.length];
    next?.focus();
    next?.click();
  };
  return (
    <GroupContext value={choice}>
      {/* oxlint-disable-next-line jsx-a11y/no-static-element-interactions -- it has a role, one of two */}
      <div
        role={choice.single ? "radiogroup" : "group"}
        onKeyDown={choice.single ? onKeyDown : undefined}
        className={cn("inline-flex w-fit items-center gap-0.5 rounded-lg bg-secondary p-0.5", className)}
        {...props}
      />
    </GroupContext>
  );
}

export function ToggleGroupItem({ value, className, ...props }: ComponentProps<"button"> & { value: string }) {
  const choice = use(GroupContext);
  const on = choice.chosen.includes(value);
  const state = choice.single ? { role: "radio", "aria-checked": on } : { "aria-pressed": on };
  return (
    <button
      type="button"
      {...state}
      data-state={on ? "on" : "off"}
      // With nothing chosen, every item can be reached.
      tabIndex={on || !choice.single || choice.chosen.length === 0 ? 0 : -1}
      disabled={choice.disabled}
      onClick={() => choice.choose(value)}
      className={cn(
        "focus-ring inline-flex h-8 items-center justify-center gap-1.5 rounded-md px-2.5 text-[0.8125rem] font-medium whitespace-nowrap text-secondary-foreground/85 transition-colors hover:text-foreground disabled:opacity-55 data-[state=on]:bg-card data-[state=on]:text-foreground data-[state=on]:shadow-sm [&_svg]:size-4",
        className,
      )}
      {...props}
    />
  );
}
