import { create } from "@bufbuild/protobuf";
import { expect, it } from "vitest";
import { GetStatsResponseSchema } from "@/gen/smartroute/v1/admin_pb";
import { rowsOf, tierRowsOf } from "./rows";

const stats = create(GetStatsResponseSchema, {
  series: [
    { value: "none", totals: { requests: 5n } },
    { value: "t3", totals: { requests: 3n, failures: 1n } },
    { value: "t1", totals: { requests: 2n } },
    { value: "t2", totals: { requests: 0n } },
  ],
});

it("leaves out what had no requests and gives the rest its share", () => {
  expect(rowsOf(stats).map((row) => [row.value, row.share])).toEqual([["none", 0.5], ["t3", 0.3], ["t1", 0.2]]);
});
it("puts tiers in their own order", () => {
  expect(tierRowsOf(stats).map((row) => row.value)).toEqual(["t1", "t3", "none"]);
});
