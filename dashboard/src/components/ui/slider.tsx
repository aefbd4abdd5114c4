import { Slider as SliderPrimitive } from "radix-ui";
import type { ComponentProps } from "react";
import { cn } from "@/lib/utils";

type SliderProps = ComponentProps<typeof SliderPrimitive.Root>;

/** The accessible name goes to the thumb: give `aria-label` or `aria-labelledby`. */
export function Slider({ className, value, defaultValue, "aria-label": label, "aria-labelledby": labelledBy, ...props }: SliderProps) {
  const thumbs = value ?? defaultValue ?? [props.min ?? 0];
  return (
    <SliderPrimitive.Root
      value={value}
      defaultValue={defaultValue}
      className={cn("relative flex h-5 w-full touch-none items-center select-none data-[disabled]:opacity-55", className)}
      {...props}
    >
      <SliderPrimitive.Track className="relative h-1.5 w-full grow overflow-hidden rounded-full bg-secondary">
        <SliderPrimitive.Range className="absolute h-full bg-primary" />
      </SliderPrimitive.Track>
      {thumbs.map((_, index) => (
        <SliderPrimitive.Thumb
          // oxlint-disable-next-line react/no-array-index-key -- a thumb is its place in the list
          key={index}
          aria-label={label}
          aria-labelledby={labelledBy}
          className="focus-ring block size-4 rounded-full border-2 border-primary bg-card shadow-sm"
        />
      ))}
    </SliderPrimitive.Root>
  );
}
