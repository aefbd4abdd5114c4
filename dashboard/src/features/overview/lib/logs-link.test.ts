import { expect, it } from "vitest";
import { logsSearch } from "./logs-link";

it("takes the span along", () => {
  expect(logsSearch({ since: 5, until: "now", preset: "6h" }, "tier", "t1")).toEqual({ tier: "t1", range: "6h" });
  expect(logsSearch({ since: 5, until: 9 }, "error", "reset")).toEqual({ error: "reset", since: 5, until: 9 });
});
it("keeps a comma of a name in one piece", () => {
  expect(logsSearch({ since: 5, until: "now" }, "model", "a,b\\c").model).toBe("a\\,b\\\\c");
});
