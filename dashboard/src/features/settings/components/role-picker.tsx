import { useId } from "react";
import { useTranslation } from "react-i18next";
import { FormField } from "@/components/ui/form-field";
import { RadioGroup, RadioGroupItem } from "@/components/ui/radio-group";
import { AccountRole } from "@/gen/smartroute/v1/admin_pb";

interface RolePickerProps {
  role: AccountRole;
  onChange: (role: AccountRole) => void;
}

const roles = [
  { name: "viewer", role: AccountRole.VIEWER },
  { name: "admin", role: AccountRole.ADMIN },
] as const;

export function RolePicker({ role, onChange }: RolePickerProps) {
  const { t } = useTranslation("settings");
  const id = useId();
  return (
    <div className="grid gap-2">
      <p id={id} className="text-sm font-medium">
        {t("users.role")}
      </p>
      <RadioGroup aria-labelledby={id} value={String(role)} onValueChange={(value) => onChange(value === String(AccountRole.ADMIN) ? AccountRole.ADMIN : AccountRole.VIEWER)}>
        {roles.map((one) => (
          <FormField key={one.name} inline label={t(`roles.${one.name}`)} hint={t(`roles.${one.name}Hint`)}>
            <RadioGroupItem value={String(one.role)} />
          </FormField>
        ))}
      </RadioGroup>
    </div>
  );
}
