// Data planes and how far they have come, trouble first. Pure.
import type { Instance, ListInstancesResponse } from "@/gen/smartroute/v1/admin_pb";
import { type InstanceState, stateOf } from "@/lib/fleet";

export type InstanceRow = { instance: Instance; state: InstanceState; behind: number };

const rank: Record<InstanceState, number> = { rejected: 0, behind: 1, away: 2, current: 3 };

export function instanceRows({ instances, newestRevision }: ListInstancesResponse): InstanceRow[] {
  const rows = instances.map((instance): InstanceRow => {
    const behind = newestRevision > instance.appliedRevision ? Number(newestRevision - instance.appliedRevision) : 0;
    return { instance, state: stateOf(instance, newestRevision), behind };
  });
  return rows.sort((a, b) => rank[a.state] - rank[b.state] || (a.instance.instanceId < b.instance.instanceId ? -1 : 1));
}
