import { Link } from "@tanstack/react-router";
import { CircleCheck, CloudOff, LoaderCircle, type LucideIcon, Server, TriangleAlert } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { EmptyState } from "@/components/empty-state";
import { RelativeTime } from "@/components/relative-time";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "@/components/ui/table";
import { useInstances } from "@/hooks/use-instances";
import type { InstanceState } from "@/lib/fleet";
import { type InstanceRow, instanceRows } from "../lib/instances";
import { Loaded, Section } from "./section";

const first = 8;

/** The data planes: what each obeys, and what keeps it from the newest. */
export function InstancesSection() {
  const { t } = useTranslation("overview");
  const query = useInstances();
  return (
    <Section title={t("instances.title")}>
      <Loaded query={query} height={120}>
        {(fleet) =>
          fleet.instances.length === 0 ? (
            <EmptyState icon={Server} title={t("instances.none")} description={t("instances.noneHint")} />
          ) : (
            <Rows rows={instanceRows(fleet)} newest={fleet.newestRevision} />
          )
        }
      </Loaded>
    </Section>
  );
}

function Rows({ rows, newest }: { rows: readonly InstanceRow[]; newest: bigint }) {
  const { t } = useTranslation("overview");
  const [all, setAll] = useState(false);
  const columns = ["instance", "state", "revision", "version", "address", "seen"] as const;
  return (
    <div className="flex flex-col gap-2">
      <Table label={t("instances.title")}>
        <TableHeader>
          <TableRow>
            {columns.map((column) => (
              <TableHead key={column}>{t(`instances.columns.${column}`)}</TableHead>
            ))}
          </TableRow>
        </TableHeader>
        <TableBody>
          {(all ? rows : rows.slice(0, first)).map((row) => (
            <Row key={row.instance.instanceId} row={row} newest={newest} />
          ))}
        </TableBody>
      </Table>
      {rows.length > first && (
        <Button variant="ghost" size="sm" className="self-start" aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? t("health.fewer") : t("health.expand", { count: rows.length })}
        </Button>
      )}
    </div>
  );
}

const looks: Record<InstanceState, { icon: LucideIcon; variant: "good" | "warn" | "bad" | "secondary" }> = {
  current: { icon: CircleCheck, variant: "good" },
  behind: { icon: LoaderCircle, variant: "warn" },
  rejected: { icon: TriangleAlert, variant: "bad" },
  away: { icon: CloudOff, variant: "secondary" },
};

function Row({ row, newest }: { row: InstanceRow; newest: bigint }) {
  const { t } = useTranslation("overview");
  const { instance, state, behind } = row;
  const { icon: Icon, variant } = looks[state];
  return (
    <TableRow>
      <TableCell>
        <span className="block max-w-64 truncate font-mono text-[0.8125rem]" title={instance.instanceId}>{instance.instanceId}</span>
        {instance.hostname !== "" && <span className="block max-w-64 truncate text-muted-foreground text-xs">{instance.hostname}</span>}
      </TableCell>
      <TableCell>
        <Badge variant={variant}>
          <Icon aria-hidden />
          {t(`instances.state.${state}`)}
        </Badge>
        {state === "rejected" && <Problems row={row} />}
      </TableCell>
      <TableCell className="whitespace-nowrap tabular-nums">
        {String(instance.appliedRevision)}
        <span className="block text-muted-foreground text-xs">
          {behind > 0 ? t("instances.behind", { count: behind, newest: String(newest) }) : t("instances.newest")}
        </span>
      </TableCell>
      <TableCell className="tabular-nums">{instance.version}</TableCell>
      <TableCell className="font-mono text-[0.8125rem]">{instance.listen}</TableCell>
      <TableCell>
        {instance.connected ? t("instances.now") : <RelativeTime ms={instance.lastSeenMs} />}
      </TableCell>
    </TableRow>
  );
}

const shownProblems = 3;

function Problems({ row: { instance } }: { row: InstanceRow }) {
  const { t } = useTranslation("overview");
  return (
    <div className="mt-1 max-w-96 text-xs">
      <p>{t("instances.refused", { revision: String(instance.rejectedRevision) })}</p>
      <ul className="mt-0.5 list-disc pl-4 text-bad">
        {instance.problems.slice(0, shownProblems).map((problem) => (
          <li key={`${problem.path} ${problem.what}`} className="break-words">
            <span className="font-mono">{problem.path}</span> {problem.what}
          </li>
        ))}
      </ul>
      <Link to="/config" className="focus-ring rounded-sm text-primary underline underline-offset-4">{t("instances.openConfig")}</Link>
    </div>
  );
}
