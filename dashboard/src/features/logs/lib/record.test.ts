import { create } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { ExplainRouteResponseSchema } from "@/gen/smartroute/v1/admin_pb";
import { type RequestRecord, type RouteDecision, RouteDecisionSchema, RouteInputSchema } from "@/gen/smartroute/v1/telemetry_pb";
import en from "../locales/en.json";
import { bodyNotice } from "./body-notice";
import { askedFor, durationOf, firstByteOf, outcomeOf, retriesOf, tokenSource, tokensPerSecond } from "./measures";
import { recordWith } from "./record-fixture";
import { placeOf, traceOf, waterfallOf } from "./trace";
import { candidateRows, compareReplay, replayInput, servedInstead, whySentences } from "./why";

const keysOf = (record: Parameters<typeof whySentences>[0]) => whySentences(record).map(({ key }) => key);
function change(record: RequestRecord, decision: Partial<RouteDecision>) {
  record.route = Object.assign(record.route ?? create(RouteDecisionSchema), decision);
}
const encode = (text: string) => new TextEncoder().encode(text);

describe("figures of a record", () => {
  test("come from its points in time", () => {
    const record = recordWith();
    expect([durationOf(record), firstByteOf(record), retriesOf(record)]).toEqual([1_700, 700, 2]);
    expect(tokensPerSecond(record)).toBe(200);
    expect(tokensPerSecond(recordWith({ completionTokens: undefined }))).toBeUndefined();
    expect(durationOf(recordWith({ completedUs: 0n }))).toBeUndefined();
  });

  test("name the less certain of two sources, and what was asked for only when it is another name", () => {
    expect(tokenSource(recordWith())).toBe("local");
    expect(tokenSource(recordWith({ promptTokens: undefined, completionTokens: undefined }))).toBeUndefined();
    expect([askedFor(recordWith()), askedFor(recordWith({ requestedModel: "gpt-4" })), askedFor(recordWith({ requestedModel: "azure/gpt-4" }))]).toEqual(["auto", "", ""]);
    expect([outcomeOf(recordWith()), outcomeOf(recordWith({ errorKind: "client_gone" })), outcomeOf(recordWith({ errorKind: "reset" }))]).toEqual(["ok", "left", "failed"]);
  });
});

describe("the trace", () => {
  test("lays all attempts on one scale, with waits and the delivery of the answer", () => {
    const { totalMs, bars } = traceOf(recordWith());
    expect(totalMs).toBe(1_700);
    expect(bars.map(({ startMs, durationMs, waitedMs, deliveryMs, answered }) => [startMs, durationMs, waitedMs, deliveryMs, answered])).toEqual([
      [2, 98, 0, 0, false],
      [300, 1, 200, 0, false],
      [301, 399, 0, 1_000, true],
    ]);
  });

  test("of a request that reached nobody is empty, and its scale is not zero", () => {
    const trace = traceOf(recordWith({ attempts: [], completedUs: 0n }));
    expect(trace.bars).toEqual([]);
    expect(trace.totalMs).toBeGreaterThan(0);
  });

  test("has a waterfall of the points that were reached", () => {
    expect(waterfallOf(recordWith()).steps.map(({ name, fromMs, tookMs }) => [name, fromMs, tookMs])).toEqual([
      ["received", 0, 0],
      ["routed", 0, 2],
      ["called", 2, 0],
      ["first_byte", 2, 698],
      ["completed", 700, 1_000],
    ]);
    const refused = waterfallOf(recordWith({ routedUs: 0n, upstreamCalledUs: 0n, firstByteUs: 0n }));
    expect(refused.missing).toEqual(["routed", "called", "first_byte"]);
    // The clock was set back meanwhile.
    const back = waterfallOf(recordWith({ completedUs: recordWith().receivedUs + 5n }));
    expect(back.steps.every(({ tookMs }) => tookMs >= 0)).toBe(true);
  });

  test("keeps every bar in sight", () => {
    for (const [from, took] of [[0, 0], [1_700, 0], [1_699.9, 500], [-20, 10]] as const) {
      const { left, width } = placeOf(from, took, 1_700);
      expect(left).toBeGreaterThanOrEqual(0);
      expect(width).toBeGreaterThan(0);
      expect(left + width).toBeLessThanOrEqual(100.0001);
    }
  });
});

describe("why this route", () => {
  test("is told from the decision to the answer", () => {
    expect(keysOf(recordWith())).toEqual(["why.embedded", "why.strategy.sequential", "why.skipped", "why.failedOver"]);
  });

  test("names what lifted the tier, and the tier it was before", () => {
    const record = recordWith({ tier: "t3", reason: "embedded:0.55; raised from t1 by keyword" });
    change(record, { firstTier: "t1", raisedBy: "keyword", rules: ["legal"] });
    const [first, raised] = whySentences(record);
    expect(first?.values.tier).toBe("t1");
    expect(raised).toEqual({ key: "why.raised.keyword", values: { from: "t1", to: "t3", rule: "legal", by: "keyword" } });
  });

  test("says when another tier served than was decided", () => {
    const record = recordWith({ tier: "t3", reason: "keyword:hi; t1 empty, t3 serves" });
    expect(servedInstead(record)).toEqual({ wanted: "t1", why: "empty", serves: "t3" });
    change(record, { decidedBy: "keyword", rules: ["hi"] });
    const sentences = whySentences(record);
    expect(sentences[0]).toMatchObject({ key: "why.keyword", values: { tier: "t1", rule: "hi" } });
    expect(sentences[1]).toMatchObject({ key: "why.servedEmpty", values: { wanted: "t1", serves: "t3" } });
  });

  test("tells what came of the judge, of sessions and of names", () => {
    const told = (reason: string, decidedBy: string, judge = "") => {
      const record = recordWith({ reason, mode: decidedBy });
      change(record, { decidedBy, judge, judgeUs: 1_500 });
      return keysOf(record).slice(0, judge || reason.includes(";") ? 2 : 1);
    };
    expect(told("embedded:0.4; judge timeout", "embedded", "timeout")).toEqual(["why.embedded", "why.judge.timeout"]);
    expect(told("llm", "llm", "ok")).toEqual(["why.llm", "why.judge.ok"]);
    expect(told("embedded:0.4", "embedded", "brand_new")).toEqual(["why.embedded", "why.judge.other"]);
    expect(told("session; answers a tool call", "session")[0]).toBe("why.sessionTool");
    expect(told("embedded:0.9; unknown model", "embedded")).toEqual(["why.embedded", "why.unknownModel"]);
    expect(told("unknown model, passed on", "named")).toEqual(["why.passedOn"]);
    expect(told("", "")).toEqual(["why.nobody"]);
    expect(told("x", "from_the_future")).toEqual(["why.other"]);
    expect(keysOf(recordWith({ endpoint: "models" }))).toEqual(["why.noModel"]);
  });

  test("has words for every sentence", () => {
    const has = (key: string) => {
      let at: unknown = en;
      for (const part of key.split(".")) at = (at as Record<string, unknown> | undefined)?.[part] ?? (at as Record<string, unknown> | undefined)?.[`${part}_other`];
      return typeof at === "string";
    };
    for (const decidedBy of ["tier", "named", "random", "keyword", "embedded", "llm", "session", "default", "new", ""])
      for (const judge of ["", "ok", "cached", "timeout", "unreachable", "refused", "babble", "breaker_open", "no_credentials", "abandoned", "new"])
        for (const raisedBy of ["", "session", "keyword", "long_context", "new"])
          for (const more of ["", "; unknown model", "; t2 too small, t3 serves", "; t1 unusable, t2 serves", "; no context window fits"]) {
            const record = recordWith({ reason: `x${more}`, mode: "" });
            change(record, { decidedBy, judge, raisedBy, firstTier: raisedBy && "t1" });
            for (const { key } of whySentences(record)) expect(has(key), key).toBe(true);
          }
  });

  test("tells of each candidate what became of it", () => {
    expect(candidateRows(recordWith()).map(({ place, tried, answered }) => [place, tried, answered])).toEqual([
      [1, true, false],
      [2, true, false],
      [3, false, false],
      [4, true, true],
    ]);
  });
});

describe("replay", () => {
  test("asks with the body where it is whole, else with what the router looked at", () => {
    const body = '{"model":"auto","messages":[]}';
    expect(replayInput(recordWith({ requestBody: encode(body) }))).toEqual({ requestJson: body, model: "", from: "body" });
    const cut = recordWith({ requestBody: encode(body.slice(0, 9)), requestCut: true });
    change(cut, { input: create(RouteInputSchema, { ask: "hi", system: "be brief" }) });
    expect(replayInput(cut)).toEqual({
      requestJson: '{"messages":[{"role":"system","content":"be brief"},{"role":"user","content":"hi"}]}',
      model: "auto",
      from: "ask",
    });
    expect(replayInput(recordWith())).toBeUndefined();
    expect(replayInput(recordWith({ mode: "tier", requestedModel: "t3", route: { decidedBy: "tier" } }))).toMatchObject({ model: "t3" });
  });

  test("compares what would be tried first", () => {
    const now = create(ExplainRouteResponseSchema, { tier: "t2", route: { candidates: [{ model: "a/b", skip: "no_credentials" }, { model: "azure/overloaded" }] } });
    expect(compareReplay(recordWith(), now)).toEqual({ sameTier: false, sameModel: true, thenFirst: "azure/overloaded", nowFirst: "azure/overloaded" });
  });
});

test("a body that is missing says why", () => {
  const some = encode("{}");
  const notice = (change: Parameters<typeof recordWith>[0], kept = false) => bodyNotice(recordWith(change), "request", kept);
  expect(notice({ requestBody: some }, true)).toBeUndefined();
  expect(notice({ requestBody: some, requestCut: true }, true)).toBe("cut");
  expect(notice({ bodiesDropped: true })).toBe("dropped");
  expect(notice({ preview: "hi" })).toBe("removed");
  expect(notice({})).toBe("notKept");
  expect(notice({ endpoint: "models" })).toBe("noModel");
  expect(notice({}, true)).toBe("empty");
});
