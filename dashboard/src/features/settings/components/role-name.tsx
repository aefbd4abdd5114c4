import { Eye, ShieldUser } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Badge } from "@/components/ui/badge";
import { AccountRole } from "@/gen/smartroute/v1/admin_pb";

export function RoleName({ role }: { role: AccountRole }) {
  const { t } = useTranslation("settings");
  const isAdmin = role === AccountRole.ADMIN;
  const Icon = isAdmin ? ShieldUser : Eye;
  return (
    <Badge variant={isAdmin ? "default" : "secondary"}>
      <Icon aria-hidden />
      {t(isAdmin ? "roles.admin" : "roles.viewer")}
    </Badge>
  );
}
