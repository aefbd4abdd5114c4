import { useQuery } from "@tanstack/react-query";
import { KeyRound, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ConfirmDialog } from "@/components/confirm-dialog";
import { type ColumnDef, DataTable } from "@/components/data-table";
import { EmptyState } from "@/components/empty-state";
import { RelativeTime } from "@/components/relative-time";
import { Button } from "@/components/ui/button";
import { toast } from "@/components/ui/toast";
import { type ApiToken, ApiTokenService } from "@/gen/smartroute/v1/admin_pb";
import { tokensQuery, useChange } from "../data/queries";
import { CreateTokenDialog } from "./create-token-dialog";
import { FormError } from "./form-error";
import { QueryView } from "./query-view";
import { RoleName } from "./role-name";
import { SectionCard } from "./section-card";
import { TokenExpiry } from "./token-expiry";

function useColumns(onDelete: (token: ApiToken) => void): ColumnDef<ApiToken>[] {
  const { t } = useTranslation("settings");
  return [
    {
      id: "name",
      header: t("tokens.name"),
      accessorFn: (token) => token.name,
      cell: ({ row: { original: token } }) => (
        <span className="grid">
          <span className="max-w-52 truncate font-medium" title={token.name}>
            {token.name}
          </span>
          <span className="font-mono text-xs text-muted-foreground">{token.hint}…</span>
        </span>
      ),
    },
    { id: "role", header: t("users.role"), accessorFn: (token) => token.role, cell: ({ row }) => <RoleName role={row.original.role} /> },
    { id: "expires", header: t("tokens.expires"), accessorFn: (token) => Number(token.expiresAtMs), cell: ({ row }) => <TokenExpiry expiresAtMs={row.original.expiresAtMs} /> },
    {
      id: "used",
      header: t("tokens.used"),
      accessorFn: (token) => Number(token.lastUsedMs),
      cell: ({ row }) => (row.original.lastUsedMs === 0n ? <span className="text-muted-foreground">{t("never")}</span> : <RelativeTime ms={row.original.lastUsedMs} />),
    },
    {
      id: "created",
      header: t("tokens.created"),
      accessorFn: (token) => Number(token.createdAtMs),
      cell: ({ row: { original: token } }) => (
        <span className="grid">
          <RelativeTime ms={token.createdAtMs} />
          {token.createdBy !== "" && <span className="max-w-40 truncate text-xs text-muted-foreground">{t("tokens.by", { name: token.createdBy })}</span>}
        </span>
      ),
    },
    {
      id: "actions",
      header: () => <span className="sr-only">{t("users.actions")}</span>,
      enableSorting: false,
      meta: { align: "right" },
      cell: ({ row }) => (
        <Button variant="ghost" size="icon" className="size-8" aria-label={t("tokens.deleteNamed", { name: row.original.name })} onClick={() => onDelete(row.original)}>
          <Trash2 aria-hidden />
        </Button>
      ),
    },
  ];
}

export function TokensSection() {
  const { t } = useTranslation("settings");
  const query = useQuery(tokensQuery);
  const [creating, setCreating] = useState(false);
  const [deleting, setDeleting] = useState<ApiToken>();
  const remove = useChange(ApiTokenService.method.deleteApiToken, "tokens");
  const columns = useColumns(setDeleting);
  const create = (
    <Button onClick={() => setCreating(true)}>
      <Plus aria-hidden />
      {t("tokens.create")}
    </Button>
  );
  const close = () => {
    setDeleting(undefined);
    remove.reset();
  };
  const confirm = () => {
    if (!deleting) return;
    remove.mutate({ id: deleting.id }, { onSuccess: () => (toast.success(t("tokens.deleted", { name: deleting.name })), close()) });
  };
  return (
    <SectionCard title={t("tokens.title")} description={t("tokens.description")} action={create}>
      <QueryView query={query}>
        {(tokens) => <DataTable columns={columns} data={tokens} rowId={(token) => token.id} label={t("tokens.title")} empty={<EmptyState icon={KeyRound} title={t("tokens.none")} description={t("tokens.noneHint")} />} />}
      </QueryView>
      {creating && <CreateTokenDialog onClose={() => setCreating(false)} />}
      <ConfirmDialog
        open={deleting !== undefined}
        onOpenChange={(open) => !open && close()}
        title={t("tokens.ask", { name: deleting?.name ?? "" })}
        description={
          <div className="grid gap-3">
            <p>{t("tokens.askHint")}</p>
            <FormError error={remove.error} />
          </div>
        }
        action={t("tokens.delete")}
        pending={remove.isPending}
        onConfirm={confirm}
      />
    </SectionCard>
  );
}
