import { useQuery } from "@tanstack/react-query";
import { ShieldCheck, UserPlus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type ColumnDef, DataTable } from "@/components/data-table";
import { RelativeTime } from "@/components/relative-time";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { AccountRole, type User } from "@/gen/smartroute/v1/admin_pb";
import { useSession } from "@/hooks/use-session";
import { usersQuery } from "../data/queries";
import type { UserAction } from "../lib/user-actions";
import { CreateUserDialog } from "./create-user-dialog";
import { QueryView } from "./query-view";
import { RoleName } from "./role-name";
import { SectionCard } from "./section-card";
import { UserActionDialog } from "./user-action-dialog";
import { UserMenu } from "./user-menu";

export interface Asked {
  user: User;
  action: UserAction;
}

function useColumns(onAction: (asked: Asked) => void): ColumnDef<User>[] {
  const { t } = useTranslation("settings");
  const { user: own } = useSession();
  return [
    {
      id: "name",
      header: t("users.name"),
      accessorFn: (user) => user.name,
      cell: ({ row: { original: user } }) => (
        <span className="flex items-center gap-2 font-medium">
          <span className="max-w-48 truncate" title={user.name}>
            {user.name}
          </span>
          {user.id === own.id && <Badge variant="outline">{t("users.you")}</Badge>}
        </span>
      ),
    },
    { id: "role", header: t("users.role"), accessorFn: (user) => user.role, cell: ({ row }) => <RoleName role={row.original.role} /> },
    {
      id: "twoFactor",
      header: t("users.twoFactor"),
      accessorFn: (user) => (user.twoFactor ? 1 : 0),
      cell: ({ row }) =>
        row.original.twoFactor ? (
          <Badge variant="good">
            <ShieldCheck aria-hidden />
            {t("twoFactor.on")}
          </Badge>
        ) : (
          <span className="text-muted-foreground">{t("twoFactor.off")}</span>
        ),
    },
    {
      id: "lastSignIn",
      header: t("users.lastSignIn"),
      accessorFn: (user) => Number(user.lastSignInMs),
      cell: ({ row }) => (row.original.lastSignInMs === 0n ? <span className="text-muted-foreground">{t("never")}</span> : <RelativeTime ms={row.original.lastSignInMs} />),
    },
    {
      id: "actions",
      header: () => <span className="sr-only">{t("users.actions")}</span>,
      enableSorting: false,
      meta: { align: "right" },
      cell: ({ row }) => <UserMenu user={row.original} ownId={own.id} onAction={(action) => onAction({ user: row.original, action })} />,
    },
  ];
}

function UsersTable({ users, onAction }: { users: User[]; onAction: (asked: Asked) => void }) {
  const { t } = useTranslation("settings");
  const columns = useColumns(onAction);
  const admins = users.filter((user) => user.role === AccountRole.ADMIN).length;
  return (
    <>
      <DataTable columns={columns} data={users} rowId={(user) => user.id} label={t("users.title")} initialSorting={[{ id: "name", desc: false }]} />
      <p className="text-xs text-muted-foreground">{t("users.count", { count: users.length, admins })}</p>
    </>
  );
}

export function UsersSection() {
  const { t } = useTranslation("settings");
  const query = useQuery(usersQuery);
  const [creating, setCreating] = useState(false);
  const [asked, setAsked] = useState<Asked>();
  return (
    <SectionCard
      title={t("users.title")}
      description={t("users.description")}
      action={
        <Button onClick={() => setCreating(true)}>
          <UserPlus aria-hidden />
          {t("users.create")}
        </Button>
      }
    >
      <QueryView query={query}>{(users) => <UsersTable users={users} onAction={setAsked} />}</QueryView>
      {creating && <CreateUserDialog onClose={() => setCreating(false)} />}
      {asked && <UserActionDialog asked={asked} onClose={() => setAsked(undefined)} />}
    </SectionCard>
  );
}
