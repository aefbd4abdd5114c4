import { create } from "@bufbuild/protobuf";
import { expect, it } from "vitest";
import { ListInstancesResponseSchema } from "@/gen/smartroute/v1/admin_pb";
import { instanceRows } from "./instances";

it("tells who is behind, who refused and who is gone, trouble first", () => {
  const rows = instanceRows(
    create(ListInstancesResponseSchema, {
      newestRevision: 7n,
      instances: [
        { instanceId: "current", connected: true, appliedRevision: 7n },
        { instanceId: "gone", appliedRevision: 7n },
        { instanceId: "behind", connected: true, appliedRevision: 5n },
        { instanceId: "refused", connected: true, appliedRevision: 6n, rejectedRevision: 7n },
        { instanceId: "mended", connected: true, appliedRevision: 7n, rejectedRevision: 6n },
      ],
    }),
  );
  expect(rows.map((row) => [row.instance.instanceId, row.state, row.behind])).toEqual([
    ["refused", "rejected", 1],
    ["behind", "behind", 2],
    ["gone", "away", 0],
    ["current", "current", 0],
    ["mended", "current", 0],
  ]);
});
