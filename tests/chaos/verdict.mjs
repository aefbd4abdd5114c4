// Whether a gateway did well when a provider failed: from what the client saw (observe.mjs) and what the providers saw (upstream.mjs),
// from nothing else.
//
//   pass   the client has the whole answer (or what the scenario wants instead), and the providers were treated as they should be
//   safe   no answer, but an honest one: whole tokens of one answer, then an error with words, in time, and nothing that looks complete
//   fail   anything else: a hang, a truncated answer that looks complete, two answers mixed, a provider that was hammered
import { canonical, isWholePrefix } from "./answer.mjs";

// "answer", "error", or a complaint.
function shapeOf(seen) {
  const bad = (complaint) => ({ complaint });
  if (seen.hung) return bad("the client was still waiting at its deadline");
  if (seen.noise.length > 0) return bad(seen.noise[0]);
  if (seen.ids.length > 1) return bad(`chunks of ${seen.ids.length} answers were mixed`);
  if (!isWholePrefix(seen.text)) return bad(`the text is no beginning of the answer: ...${seen.text.slice(-60)}`);
  if (seen.error) {
    if (seen.finish !== null) return bad(`finish reason '${seen.finish}' and then an error`);
    if (seen.done) return bad("[DONE] of a stream that broke");
    if (seen.error.how === "event" && seen.whole) return bad("a broken stream whose framing ends well");
    if (seen.error.how === "event" && seen.end === "reset") return bad("a reset, which may take with it what was sent before");
    if (seen.error.how === "connection") return bad("a connection that just ended, without a word");
    if (!seen.error.message || !seen.error.type) return bad("an error without words or without a type");
    return { shape: "error" };
  }
  if (seen.text !== canonical) return bad(`a truncated answer (${seen.text.length} of ${canonical.length} characters) was reported as success`);
  if (seen.finish !== "stop") return bad(`the whole text, but finish reason '${seen.finish}'`);
  if (seen.done === false || seen.whole === false) return bad("the whole text, but no good end of the stream");
  return { shape: "answer" };
}

const counted = (what, list, { min = 0, max = Infinity }) => {
  if (list.length < min) return `${list.length} attempts at ${what}, at least ${min} were due`;
  if (list.length > max) return `${list.length} attempts at ${what}, ${max} are the most`;
  return undefined;
};

// What a scenario asks of the gateway beside an answer. All fields are optional:
//   within      ms until the end of the answer
//   primary, fallback, larger   {min, max} attempts
//   burst       {ms, max}: attempts at the primary within a span from its first one
//   gap         ms between the first two attempts at the primary, if there is a second one
//   usage       the usage the client must be given
//   model       that the answer must name
function conductOf(rules, seen, attempts) {
  const complaints = [];
  const say = (complaint) => complaint && complaints.push(complaint);
  if (rules.within !== undefined && seen.ms > rules.within) say(`took ${Math.round(seen.ms)} ms, ${rules.within} are the most`);
  for (const who of ["primary", "fallback", "larger"]) if (rules[who]) say(counted(who, attempts[who] ?? [], rules[who]));
  const primary = attempts.primary ?? [];
  if (rules.burst && primary.filter(({ at }) => at - primary[0].at <= rules.burst.ms).length > rules.burst.max) say(`more than ${rules.burst.max} attempts within ${rules.burst.ms} ms`);
  if (rules.gap !== undefined && primary.length > 1 && primary[1].at - primary[0].at < rules.gap) say(`asked again after ${Math.round(primary[1].at - primary[0].at)} ms, ${rules.gap} were due`);
  for (const attempt of Object.values(attempts).flat()) if (attempt.lastRole === "assistant") say("the beginning of an answer was sent to a provider as if the assistant had said it");
  if (seen.error) return complaints;
  for (const [field, wanted] of Object.entries(rules.usage ?? {})) if (seen.usage?.[field] !== wanted) say(`usage.${field} is ${seen.usage?.[field]}, not ${wanted}`);
  if (rules.model && (seen.models.length !== 1 || seen.models[0] !== rules.model)) say(`the answer names ${seen.models}, not ${rules.model}`);
  return complaints;
}

// `scenario`: the rules above, and
//   wants       "answer" (default); "answer or error": either passes; {status, code}: these words of the provider
// `attempts`: {primary, fallback, larger}, each a list of {at, lastRole}. `alive`: whether a healthy request was served afterwards.
// {verdict, complaints}
export function judge(scenario, { seen, attempts, alive = true }) {
  const { shape, complaint } = shapeOf(seen);
  const complaints = [...(complaint ? [complaint] : []), ...conductOf(scenario, seen, attempts)];
  if (!alive) complaints.push("the gateway does not serve afterwards");
  const { wants = "answer" } = scenario;
  if (shape === "answer" && typeof wants === "object") complaints.push("answered, though the provider's refusal was to be passed on");
  if (complaints.length > 0) return { verdict: "fail", complaints };
  if (shape === "answer" || wants === "answer or error") return { verdict: "pass", complaints };
  const passedOn = typeof wants === "object" && seen.error.how === "status" && seen.status === wants.status && seen.error.code === wants.code;
  return { verdict: passedOn ? "pass" : "safe", complaints };
}

// A row of calls over an outage. calls: [{at, verdict, from: "primary" | "fallback"}] with `at` from the beginning of the outage, as the
// attempts at the primary have; {outage, recovery, probes}: ms, ms, and how many attempts the outage may cost the primary.
export function judgeOutage({ outage, recovery, probes }, { calls, attempts }) {
  const complaints = calls.flatMap(({ at, verdict, complaints }) => (verdict === "pass" ? [] : [`the call at ${Math.round(at)} ms: ${complaints}`]));
  const during = attempts.filter(({ at }) => at < outage).length;
  if (during > probes) complaints.push(`${during} attempts at a primary that was down, ${probes} are the most`);
  const back = calls.find(({ at, from }) => at >= outage && from === "primary");
  if (!back) complaints.push("never back on the primary");
  else if (back.at > outage + recovery) complaints.push(`back on the primary ${Math.round(back.at - outage)} ms after its recovery, ${recovery} are the most`);
  return { verdict: complaints.length > 0 ? "fail" : "pass", complaints, during, backAfter: back && back.at - outage };
}

const order = ["pass", "safe", "fail"];
export const worstOf = (verdicts) => verdicts.reduce((worst, one) => (order.indexOf(one) > order.indexOf(worst) ? one : worst), "pass");
