import type { Instance, ListInstancesResponse } from "@/gen/smartroute/v1/admin_pb";

export type InstanceState = "current" | "behind" | "rejected" | "away";
export type FleetState = "good" | "behind" | "rejected" | "none";

export function stateOf(instance: Instance, newest: bigint): InstanceState {
  if (!instance.connected) return "away";
  if (instance.rejectedRevision > 0n && instance.rejectedRevision >= instance.appliedRevision) return "rejected";
  return instance.appliedRevision < newest ? "behind" : "current";
}

/** Of all that are connected, the worst. */
export function fleetOf(fleet: ListInstancesResponse): { state: FleetState; connected: number } {
  const states = fleet.instances.map((instance) => stateOf(instance, fleet.newestRevision)).filter((state) => state !== "away");
  const connected = states.length;
  if (connected === 0) return { state: "none", connected };
  if (states.includes("rejected")) return { state: "rejected", connected };
  return { state: states.includes("behind") ? "behind" : "good", connected };
}
