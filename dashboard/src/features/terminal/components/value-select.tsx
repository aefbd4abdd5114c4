import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from "@/components/ui/select";

const everything = "*";

type ValueSelectProps = {
  label: string;
  all: string;
  value: string | undefined;
  values: readonly string[];
  nameOf?: (value: string) => string;
  onChange: (value: string | undefined) => void;
};

/** One of the values there are, or all. What is chosen stays to be chosen, though no line has it now. */
export function ValueSelect({ label, all, value, values, nameOf = (name) => name, onChange }: ValueSelectProps) {
  const offered = value !== undefined && !values.includes(value) ? [value, ...values] : values;
  return (
    <Select value={value ?? everything} onValueChange={(next) => onChange(next === everything ? undefined : next)}>
      <SelectTrigger aria-label={label} className="max-w-44">
        <SelectValue />
      </SelectTrigger>
      <SelectContent>
        <SelectItem value={everything}>{all}</SelectItem>
        {offered.map((one) => (
          <SelectItem key={one} value={one}>
            {nameOf(one)}
          </SelectItem>
        ))}
      </SelectContent>
    </Select>
  );
}
