// Whether one client was served honestly: from the stream that was drawn (stream_faults.mjs) and what came over its connection, from
// nothing else.
//
//   whole        the whole answer, from one model, well ended
//   broken       whole pieces of one model's answer, then one error with words, and a close that nobody can take for an end
//   refused      an error status with words, and nothing of an answer
//   cut          an answer that is not streamed ended before its announced length, where its client must notice
//   left         the client went; what it had until then was good
//   unanswered   sent behind an answer that had to end the connection
//   VIOLATION    anything else
import { textOf, piecesIn } from "./numbered.mjs";
import { models } from "./stream_faults.mjs";

const violation = (why) => ({ verdict: "VIOLATION", why });

// {events: [data], error} of the payload of a stream; `whole`: nothing may be missing at its end.
function eventsOf(payload, whole) {
  let text;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(payload, { stream: !whole });
  } catch {
    return { error: "invalid UTF-8" };
  }
  const parts = text.split("\n\n");
  const last = parts.pop();
  if (whole && last !== "" && !/^(?::\n)+$/.test(last)) return { error: `an event that does not end: ${JSON.stringify(last.slice(0, 100))}` };
  const events = [];
  for (const part of parts) {
    const lines = part.split("\n").filter((line) => !line.startsWith(":"));
    if (lines.length === 0) continue;
    if (lines.some((line) => !line.startsWith("data: "))) return { error: `no plain event: ${JSON.stringify(part.slice(0, 100))}` };
    events.push(lines.map((line) => line.slice(6)).join("\n"));
  }
  return { events };
}

// {text, finish, done, error} that the events spell, or {complaint}.
function spell(events) {
  const seen = { text: "", finish: null, done: false, error: undefined };
  const ids = new Set();
  for (const data of events) {
    if (seen.done || seen.error) return { complaint: `an event behind the end: ${data.slice(0, 100)}` };
    if (data === "[DONE]") {
      seen.done = true;
      continue;
    }
    let chunk;
    try {
      chunk = JSON.parse(data);
    } catch {
      return { complaint: `an event that is no JSON: ${data.slice(0, 100)}` };
    }
    if (chunk.error) {
      seen.error = chunk.error;
      continue;
    }
    if (chunk.id !== undefined) ids.add(chunk.id);
    const choice = chunk.choices?.[0];
    seen.text += choice?.delta?.content ?? "";
    seen.finish = choice?.finish_reason ?? seen.finish;
  }
  if (ids.size > 1) return { complaint: "chunks of two answers in one" };
  return seen;
}

// Which model the text is a beginning of, and how many pieces of it; undefined: of none.
function origin(plan, text) {
  for (const model of models) {
    const pieces = piecesIn(text, plan.tag, model, plan.pieces);
    if (pieces !== undefined) return { model, pieces };
  }
}

const isError = (error) => typeof error?.message === "string" && error.message.length > 0 && typeof error.type === "string";

function judgeStream(plan, { body, whole, end }) {
  const { events, error } = eventsOf(body, true);
  if (error) return violation(error);
  const seen = spell(events);
  if (seen.complaint) return violation(seen.complaint);
  const from = origin(plan, seen.text);
  if (!from) return violation(`no beginning of the answer: ...${JSON.stringify(seen.text.slice(-80))}`);
  if (seen.error) {
    if (!isError(seen.error)) return violation(`an error without words: ${JSON.stringify(seen.error)}`);
    if (seen.done) return violation("[DONE] of a stream that broke");
    if (whole) return violation("a broken stream whose framing ends well");
    if (end === "reset") return violation("a reset, which may take with it what was sent before");
    return { verdict: "broken", from };
  }
  if (from.pieces < plan.pieces) return violation(`a truncated answer, ${from.pieces} of ${plan.pieces} pieces, without an error (done ${seen.done}, framing ${whole}, end ${end})`);
  if (seen.finish !== "stop") return violation(`the whole text, but finish reason ${seen.finish}`);
  if (!seen.done || !whole) return violation(`the whole text, but no good end (done ${seen.done}, framing ${whole})`);
  return { verdict: "whole", from };
}

function judgePlain(plan, { body, whole }) {
  if (!whole) return { verdict: "cut" };
  let answer;
  try {
    answer = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    return violation("a whole answer that is no JSON");
  }
  const { content } = answer.choices?.[0]?.message ?? {};
  const model = models.find((name) => content === textOf(plan.tag, name, plan.pieces));
  if (!model) return violation(`not the answer: ${JSON.stringify(String(content).slice(-80))}`);
  return { verdict: "whole", from: { model, pieces: plan.pieces } };
}

function judgeRefusal({ status, headers, body, whole }) {
  if (!whole) return violation(`an error ${status} that was cut`);
  try {
    const { error } = JSON.parse(body.toString());
    return isError(error) ? { verdict: "refused", status } : violation(`an error ${status} without words`);
  } catch {
    return violation(`an error ${status} that is no JSON (${headers.get("content-type")})`);
  }
}

// What a client that went had until then. `bytes`: everything, from the head on.
function judgePart(plan, bytes) {
  const head = bytes.indexOf("\r\n\r\n");
  if (head < 0 || !plan.stream || !bytes.subarray(0, 20).toString("latin1").startsWith("HTTP/1.1 200")) return { verdict: "left" };
  const parts = [];
  for (let at = head + 4; ; ) {
    const line = bytes.indexOf("\r\n", at);
    const size = line < 0 ? NaN : parseInt(bytes.subarray(at, line).toString("latin1"), 16);
    if (!(size > 0)) break;
    parts.push(bytes.subarray(line + 2, line + 2 + size));
    at = line + 2 + size + 2;
  }
  const { events, error } = eventsOf(Buffer.concat(parts), false);
  if (error) return violation(`before the client left: ${error}`);
  const seen = spell(events);
  if (seen.complaint) return violation(`before the client left: ${seen.complaint}`);
  if (!origin(plan, seen.text)) return violation(`before the client left: no beginning of the answer: ...${JSON.stringify(seen.text.slice(-80))}`);
  return { verdict: "left" };
}

function shapeOf(plan, seen) {
  if (seen.problem) return violation(seen.problem);
  if (seen.unanswered) return { verdict: "unanswered" };
  if (seen.part) return judgePart(plan, seen.part);
  if (seen.status !== 200) return judgeRefusal(seen);
  const events = seen.headers.get("content-type")?.startsWith("text/event-stream");
  if (Boolean(events) !== plan.stream) return violation(`content-type ${seen.headers.get("content-type")}`);
  return plan.stream ? judgeStream(plan, seen) : judgePlain(plan, seen);
}

// Whether this outcome, honest as it is, is the one that is due.
function isDue(plan, { verdict }) {
  if (verdict === "whole" || verdict === "left" || verdict === "unanswered" || plan.harm === "both") return true;
  return plan.harm === "late" && !plan.tier.buffered && (verdict === "broken" || verdict === "cut");
}

// `seen`: a response of the raw client {status, headers, body, whole, end}, or {part: bytes} of a client that left, or {unanswered: true},
// or {problem: text} when the bytes were no HTTP or nothing came in time.
export function judge(plan, seen) {
  const shape = shapeOf(plan, seen);
  if (shape.verdict === "VIOLATION" || isDue(plan, shape)) return shape;
  return violation(`${shape.verdict}${shape.status ? ` (${shape.status})` : ""}, though the second model was well`);
}
