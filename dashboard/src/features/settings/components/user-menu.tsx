import { EllipsisVertical, Eye, KeyRound, ShieldOff, ShieldUser, Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { DropdownMenu, DropdownMenuContent, DropdownMenuItem, DropdownMenuTrigger } from "@/components/ui/dropdown-menu";
import type { User } from "@/gen/smartroute/v1/admin_pb";
import { actionsFor, type UserAction } from "../lib/user-actions";

interface UserMenuProps {
  user: User;
  ownId: string;
  onAction: (action: UserAction) => void;
}

const icons = { makeAdmin: ShieldUser, makeViewer: Eye, resetPassword: KeyRound, removeTwoFactor: ShieldOff, delete: Trash2 };

export function UserMenu({ user, ownId, onAction }: UserMenuProps) {
  const { t } = useTranslation("settings");
  const actions = actionsFor(user, ownId);
  if (actions.length === 0) return null;
  return (
    <DropdownMenu>
      <DropdownMenuTrigger asChild>
        <Button variant="ghost" size="icon" className="size-8" aria-label={t("users.menu", { name: user.name })}>
          <EllipsisVertical aria-hidden />
        </Button>
      </DropdownMenuTrigger>
      <DropdownMenuContent align="end">
        {actions.map((action) => {
          const Icon = icons[action];
          return (
            <DropdownMenuItem key={action} className={action === "delete" ? "text-bad" : undefined} onSelect={() => onAction(action)}>
              <Icon aria-hidden />
              {t(`users.do.${action}`)}
            </DropdownMenuItem>
          );
        })}
      </DropdownMenuContent>
    </DropdownMenu>
  );
}
