import { describe, expect, test } from "vitest";
import { fleetState } from "./fleet-state";

const proxy = (applied: bigint, rejected = 0n, connected = true) => ({ instanceId: "p", hostname: "h", connected, appliedRevision: applied, rejectedRevision: rejected, problems: [] });

describe("a revision", () => {
  test("waits until all that are connected have it", () => {
    expect(fleetState([proxy(3n), proxy(2n), proxy(1n, 0n, false)], 3n)).toMatchObject({ kind: "waiting", total: 2, applied: 1 });
    expect(fleetState([proxy(3n), proxy(4n)], 3n).kind).toBe("applied");
  });
  test("may be refused, or meet nobody", () => {
    expect(fleetState([proxy(2n, 3n)], 3n)).toMatchObject({ kind: "refused", refused: [{ instanceId: "p" }] });
    expect(fleetState([], 3n).kind).toBe("nobody");
  });
});
