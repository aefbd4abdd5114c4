import { expect, it } from "vitest";
import { parseRouteReason } from "./route-reason";

it("reads who decided and what changed it", () => {
  expect(parseRouteReason("embedded:0.97; raised from t1 by session; t2 unusable, t3 serves")).toEqual({
    by: "embedded", value: "0.97",
    notes: [{ kind: "raised", from: "t1", by: "session" }, { kind: "moved", tier: "t2", why: "unusable", to: "t3" }],
  });
  expect(parseRouteReason("embedded:0.51; judge timeout").notes).toEqual([{ kind: "judge", outcome: "timeout" }]);
  expect(parseRouteReason("session; answers a tool call")).toEqual({ by: "session", value: "", notes: [{ kind: "tool" }] });
});

it("leaves semicolons to the rule that holds them", () => {
  expect(parseRouteReason("keyword:a; b; raised from t2 by keyword")).toEqual({
    by: "keyword", value: "a; b", notes: [{ kind: "raised", from: "t2", by: "keyword" }],
  });
});

it("keeps what it does not understand", () => {
  expect(parseRouteReason("something new")).toEqual({ by: "other", value: "something new", notes: [] });
});
