interface Proxy {
  instanceId: string;
  hostname: string;
  connected: boolean;
  appliedRevision: bigint;
  rejectedRevision: bigint;
  problems: { path: string; what: string }[];
}

export interface FleetState {
  kind: "waiting" | "applied" | "refused" | "nobody";
  total: number;
  applied: number;
  refused: Proxy[];
}

/** How far a revision has come among the instances that are connected. */
export function fleetState(instances: readonly Proxy[], revision: bigint): FleetState {
  const connected = instances.filter((instance) => instance.connected);
  const applied = connected.filter((instance) => instance.appliedRevision >= revision);
  const refused = connected.filter((instance) => instance.rejectedRevision >= revision && instance.appliedRevision < revision);
  const kind = connected.length === 0 ? "nobody" : applied.length === connected.length ? "applied" : refused.length > 0 ? "refused" : "waiting";
  return { kind, total: connected.length, applied: applied.length, refused };
}
