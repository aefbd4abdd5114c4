// "Why this route": a decision as sentences. Each is the key of a text with what stands in it.
import type { ExplainRouteResponse } from "@/gen/smartroute/v1/admin_pb";
import type { CandidateTrace, RequestRecord } from "@/gen/smartroute/v1/telemetry_pb";

export type Sentence = { key: string; values: Record<string, string | number> };

/** What decided. Older records say it in `mode` only. */
export const decidedBy = (record: RequestRecord): string => record.route?.decidedBy || record.mode;

const deciders = new Set(["tier", "named", "random", "keyword", "embedded", "llm", "session", "default"]);
const judgeOutcomes = new Set([
  "ok",
  "cached",
  "timeout",
  "unreachable",
  "refused",
  "babble",
  "breaker_open",
  "no_credentials",
  "abandoned",
]);

function firstSentence(record: RequestRecord): Sentence {
  const by = decidedBy(record);
  const route = record.route;
  const tier = route?.firstTier || servedInstead(record)?.wanted || record.tier;
  const rule = route?.rules[0] ?? "";
  const values = { tier, rule, model: record.requestedModel, confidence: record.confidence, by };
  if (by === "" || !deciders.has(by)) return { key: by === "" ? "why.nobody" : "why.other", values };
  if (by === "session" && record.reason.includes("answers a tool call")) return { key: "why.sessionTool", values };
  if (by === "named" && record.reason.startsWith("unknown model")) return { key: "why.passedOn", values };
  return { key: `why.${by}`, values };
}

/** "t2 empty, t3 serves" in the reason: the plan went to another tier than was decided. */
export function servedInstead(record: RequestRecord): { wanted: string; why: "empty" | "too small" | "unusable"; serves: string } | undefined {
  const found = /; (t[123]) (empty|too small|unusable), (t[123]) serves/.exec(record.reason);
  if (!found) return undefined;
  const [, wanted = "", why, serves = ""] = found;
  return { wanted, why: why as "empty" | "too small" | "unusable", serves };
}

const whyKeys = { empty: "why.servedEmpty", "too small": "why.servedSmall", unusable: "why.servedUnusable" } as const;

function judgeSentence(record: RequestRecord): Sentence[] {
  const judge = record.route?.judge ?? "";
  if (judge === "") return [];
  const key = judgeOutcomes.has(judge) ? `why.judge.${judge}` : "why.judge.other";
  return [{ key, values: { outcome: judge, ms: (record.route?.judgeUs ?? 0) / 1000 } }];
}

function attemptSentences(record: RequestRecord): Sentence[] {
  const skipped = record.route?.candidates.filter(({ skip }) => skip !== "").length ?? 0;
  const out: Sentence[] = [];
  if (skipped > 0) out.push({ key: "why.skipped", values: { count: skipped } });
  const failed = record.attempts.filter(({ outcome }) => outcome !== "answered").length;
  if (failed > 0 && record.model !== "") out.push({ key: "why.failedOver", values: { count: failed, model: record.model } });
  else if (failed > 0) out.push({ key: "why.allFailed", values: { count: failed } });
  else if (record.model !== "") out.push({ key: "why.answered", values: { model: record.model } });
  return out;
}

export function whySentences(record: RequestRecord): Sentence[] {
  if (record.endpoint !== "" && record.endpoint !== "chat_completions") return [{ key: "why.noModel", values: {} }];
  const out = [firstSentence(record), ...judgeSentence(record)];
  const route = record.route;
  if (record.reason.includes("; unknown model")) out.push({ key: "why.unknownModel", values: { model: record.requestedModel } });
  if (route?.raisedBy) {
    const known = ["session", "keyword", "long_context"].includes(route.raisedBy);
    const to = servedInstead(record)?.wanted ?? record.tier;
    const values = { from: route.firstTier, to, rule: route.rules.at(-1) ?? "", by: route.raisedBy };
    out.push({ key: known ? `why.raised.${route.raisedBy}` : "why.raised.other", values });
  }
  const instead = servedInstead(record);
  if (instead) out.push({ key: whyKeys[instead.why], values: { wanted: instead.wanted, serves: instead.serves } });
  if (record.reason.includes("; no context window fits")) out.push({ key: "why.noWindow", values: {} });
  if (route?.strategy && route.candidates.length > 1)
    out.push({ key: `why.strategy.${route.strategy}`, values: { count: route.candidates.length, strategy: route.strategy } });
  return [...out, ...attemptSentences(record)];
}

export type ReplayInput = { requestJson: string; model: string; from: "body" | "ask" };

/** What to ask the router again with; undefined: nothing of the request was kept. */
export function replayInput(record: RequestRecord): ReplayInput | undefined {
  const model = record.requestedModel;
  if (record.requestBody.length > 0 && !record.requestCut)
    return { requestJson: new TextDecoder().decode(record.requestBody), model: "", from: "body" };
  const input = record.route?.input;
  // Whoever named a tier or a model needs no text.
  if (!input?.ask && !["tier", "named"].includes(decidedBy(record))) return undefined;
  const messages = [
    ...(input?.system ? [{ role: "system", content: input.system }] : []),
    { role: "user", content: input?.ask ?? "" },
  ];
  return { requestJson: JSON.stringify({ messages }), model, from: "ask" };
}

export type CandidateRow = { candidate: CandidateTrace; place: number; tried: boolean; answered: boolean };

/** Candidates with what became of them. In later rounds a model stands there again; then each place has its own attempt. */
export function candidateRows(record: RequestRecord): CandidateRow[] {
  const left = [...record.attempts];
  return (record.route?.candidates ?? []).map((candidate, index) => {
    const at = candidate.skip === "" ? left.findIndex(({ model }) => model === candidate.model) : -1;
    const [attempt] = at < 0 ? [] : left.splice(at, 1);
    return { candidate, place: index + 1, tried: attempt !== undefined, answered: attempt?.outcome === "answered" };
  });
}

export type ReplayComparison = { sameTier: boolean; sameModel: boolean; thenFirst: string; nowFirst: string };

/** Then and now. Models are compared by which would be tried first: who answered in the end is a matter of that moment. */
export function compareReplay(record: RequestRecord, now: ExplainRouteResponse): ReplayComparison {
  const firstOf = (candidates: readonly CandidateTrace[] | undefined) => candidates?.find(({ skip }) => skip === "")?.model ?? "";
  const thenFirst = firstOf(record.route?.candidates) || record.model;
  const nowFirst = firstOf(now.route?.candidates);
  return { sameTier: now.tier === record.tier, sameModel: nowFirst === thenFirst, thenFirst, nowFirst };
}
