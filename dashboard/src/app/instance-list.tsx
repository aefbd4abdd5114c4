import { useTranslation } from "react-i18next";
import { RelativeTime } from "@/components/relative-time";
import { Badge } from "@/components/ui/badge";
import type { Instance, ListInstancesResponse } from "@/gen/smartroute/v1/admin_pb";
import { type InstanceState, stateOf } from "@/lib/fleet";

const variants: Record<InstanceState, "good" | "warn" | "bad" | "secondary"> = {
  current: "good",
  behind: "warn",
  rejected: "bad",
  away: "secondary",
};

/** The data planes, each with the revision it obeys. */
export function InstanceList({ fleet }: { fleet: ListInstancesResponse }) {
  const { t } = useTranslation("common");
  if (fleet.instances.length === 0) return <p className="text-sm text-muted-foreground">{t("gateway.noneHint")}</p>;
  return (
    <ul className="grid max-h-72 gap-2 overflow-y-auto">
      {fleet.instances.map((instance) => (
        <InstanceRow key={instance.instanceId} instance={instance} newest={fleet.newestRevision} />
      ))}
    </ul>
  );
}

function InstanceRow({ instance, newest }: { instance: Instance; newest: bigint }) {
  const { t } = useTranslation("common");
  const state = stateOf(instance, newest);
  const problem = instance.problems[0];
  return (
    <li className="grid gap-1 rounded-lg border bg-card p-2.5 text-sm">
      <div className="flex items-center justify-between gap-3">
        <span className="truncate font-medium" title={instance.instanceId}>
          {instance.hostname || instance.instanceId}
        </span>
        <Badge variant={variants[state]}>{t(`gateway.states.${state}`)}</Badge>
      </div>
      <div className="flex flex-wrap justify-between gap-x-3 text-xs text-muted-foreground tabular-nums">
        <span className="font-mono">{instance.listen}</span>
        {state === "away" ? (
          <RelativeTime ms={instance.lastSeenMs} />
        ) : (
          <span>{t("gateway.revision", { revision: String(instance.appliedRevision) })}</span>
        )}
      </div>
      {state === "rejected" && problem && (
        <p className="text-xs break-words text-bad">
          {t("gateway.rejectedBecause", { revision: String(instance.rejectedRevision), path: problem.path, what: problem.what })}
        </p>
      )}
    </li>
  );
}
