import { Slot } from "radix-ui";
import { type ReactElement, type ReactNode, useId } from "react";
import { useTranslation } from "react-i18next";
import { cn } from "@/lib/utils";
import { Label } from "./label";

export type FieldWires = {
  id: string;
  "aria-describedby"?: string | undefined;
  "aria-invalid"?: true | undefined;
  "aria-required"?: true | undefined;
};

type FormFieldProps = {
  label: ReactNode;
  hint?: ReactNode;
  error?: ReactNode;
  /** The one control; it gets id, aria-describedby and aria-invalid. A function, where the control is not the outermost element (Select). */
  children: ReactElement | ((wires: FieldWires) => ReactNode);
  required?: boolean;
  className?: string;
  /** The control and its label on one line, control first: for checkboxes and switches. */
  inline?: boolean;
};

/** A control with its label, a hint and what is wrong with it, wired together. */
export function FormField({ label, hint, error, children, required, className, inline }: FormFieldProps) {
  const { t } = useTranslation("common");
  const id = useId();
  const hintId = `${id}-hint`;
  const errorId = `${id}-error`;
  const describedBy = [hint ? hintId : "", error ? errorId : ""].filter(Boolean).join(" ") || undefined;
  const given = typeof children === "function" ? {} : (children.props as { id?: string });
  const wires: FieldWires = {
    id: given.id ?? id,
    "aria-describedby": describedBy,
    "aria-invalid": error ? true : undefined,
    "aria-required": required ? true : undefined,
  };
  const control = typeof children === "function" ? children(wires) : <Slot.Root {...wires}>{children}</Slot.Root>;
  const name = (
    <Label htmlFor={wires.id}>
      <span>
        {label}
        {required && (
          <span className="text-bad" title={t("required")} aria-hidden>
            {" *"}
          </span>
        )}
      </span>
    </Label>
  );
  return (
    <div className={cn("grid content-start gap-1.5", className)}>
      {inline ? (
        <div className="flex items-center gap-2.5">
          {control}
          {name}
        </div>
      ) : (
        <>
          {name}
          {control}
        </>
      )}
      {hint && (
        <div id={hintId} className="text-xs leading-5 text-muted-foreground">
          {hint}
        </div>
      )}
      {error && (
        <div id={errorId} role="alert" className="text-xs leading-5 font-medium break-words text-bad">
          {error}
        </div>
      )}
    </div>
  );
}
