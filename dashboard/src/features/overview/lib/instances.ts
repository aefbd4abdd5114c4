// Data planes and how far they have come. Pure.
import type { Instance, ListInstancesResponse } from "@/gen/smartroute/v1/admin_pb";

export type InstanceState = "gone" | "refused" | "behind" | "current";
export type InstanceRow = { instance: Instance; state: InstanceState; behind: number };

const rank: Record<InstanceState, number> = { refused: 0, behind: 1, gone: 2, current: 3 };

export function instanceRows({ instances, newestRevision }: ListInstancesResponse): InstanceRow[] {
  const rows = instances.map((instance): InstanceRow => {
    const behind = newestRevision > instance.appliedRevision ? Number(newestRevision - instance.appliedRevision) : 0;
    let state: InstanceState = behind > 0 ? "behind" : "current";
    if (instance.rejectedRevision > instance.appliedRevision) state = "refused";
    if (!instance.connected) state = "gone";
    return { instance, state, behind };
  });
  return rows.sort((a, b) => rank[a.state] - rank[b.state] || (a.instance.instanceId < b.instance.instanceId ? -1 : 1));
}
