import { create } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { FacetSchema } from "@/gen/smartroute/v1/admin_pb";
import { defaultColumns, readColumns } from "./columns";
import { facetChoices } from "./facet-choices";

describe("columns", () => {
  test("are remembered, and what is bad in storage is not", () => {
    expect(readColumns(JSON.stringify({ hidden: ["cost", "time", "nonsense"], widths: { model: 300.4, key: 3, tier: "wide" } }))).toEqual({
      hidden: ["cost"],
      widths: { model: 300 },
    });
    for (const text of [null, "", "[", "3", "null"]) expect(readColumns(text)).toEqual(defaultColumns);
  });
});

describe("choices of a facet", () => {
  const facet = create(FacetSchema, {
    dimension: "key",
    values: [
      { value: "cafe", label: "the shop", records: 9n },
      { value: "(other)", records: 5n },
      { value: "beef", records: 2n },
    ],
  });
  const choose = (selected: string[], find = "") => facetChoices(facet, selected, find, (value) => value.toUpperCase()).map(({ value, label, on }) => [value, label, on]);

  test("name keys, leave out what cannot be asked for, and keep what is chosen on top", () => {
    expect(choose(["gone", "beef"])).toEqual([
      ["gone", "GONE", true],
      ["beef", "BEEF", true],
      ["cafe", "the shop", false],
    ]);
  });

  test("are found by name and by value", () => {
    expect(choose([], "SHOP")).toEqual([["cafe", "the shop", false]]);
    expect(choose([], "bee")).toEqual([["beef", "BEEF", false]]);
  });
});
