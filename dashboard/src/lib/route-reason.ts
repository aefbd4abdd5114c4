// The reason of a route, as headers and records have it: "embedded:0.97; raised from t1 by session". Read into parts, so that it can be said in
// words of any language. What is not understood stays as it is.

export type ReasonNote =
  | { kind: "raised"; from: string; by: string }
  | { kind: "moved"; tier: string; why: "empty" | "unusable" | "too_small"; to: string }
  | { kind: "judge"; outcome: string }
  | { kind: "tool" | "unknown_model" | "no_window" };

export type RouteReason = {
  by: "asked" | "session" | "default_tier" | "random" | "llm" | "llm_cached" | "embedded" | "keyword" | "passed_on" | "other";
  /** Confidence of the classifier (0..1), the rule that fired, or the text that was not understood. */
  value: string;
  notes: ReasonNote[];
};

const plain = new Set(["asked", "session", "default_tier", "random", "llm"] as const);
type Plain = "asked" | "session" | "default_tier" | "random" | "llm";
const isPlain = (text: string): text is Plain => plain.has(text as Plain);

function readNote(text: string): ReasonNote | undefined {
  const raised = /^raised from (t[123]) by (\w+)$/.exec(text);
  if (raised) return { kind: "raised", from: raised[1] ?? "", by: raised[2] ?? "" };
  const moved = /^(t[123]) (empty|unusable|too small), (t[123]) serves$/.exec(text);
  if (moved) {
    const why = moved[2] === "empty" ? "empty" : moved[2] === "unusable" ? "unusable" : "too_small";
    return { kind: "moved", tier: moved[1] ?? "", why, to: moved[3] ?? "" };
  }
  const judge = /^judge ([\w ]+)$/.exec(text);
  if (judge) return { kind: "judge", outcome: judge[1] ?? "" };
  if (text === "answers a tool call") return { kind: "tool" };
  if (text === "unknown model") return { kind: "unknown_model" };
  return text === "no context window fits" ? { kind: "no_window" } : undefined;
}

export function parseRouteReason(reason: string): RouteReason {
  const parts = reason.split("; ");
  const notes: ReasonNote[] = [];
  // From behind: a rule that a user wrote may hold semicolons of its own.
  while (parts.length > 1) {
    const note = readNote(parts.at(-1) ?? "");
    if (!note) break;
    notes.unshift(note);
    parts.pop();
  }
  const main = parts.join("; ");
  if (isPlain(main)) return { by: main, value: "", notes };
  if (main === "llm:cached") return { by: "llm_cached", value: "", notes };
  if (main === "unknown model, passed on") return { by: "passed_on", value: "", notes };
  if (main.startsWith("embedded:")) return { by: "embedded", value: main.slice(9), notes };
  if (main.startsWith("keyword:")) return { by: "keyword", value: main.slice(8), notes };
  return { by: "other", value: main, notes };
}
