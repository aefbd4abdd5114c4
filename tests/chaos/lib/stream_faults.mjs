// What goes wrong in stream N of a run: drawn from (seed, N) alone, so that any one can be played again by itself.
//
// Each kind says what a client may see of it while the other model of the tier is well:
//   harm "none"    it is none: the whole answer, from the first model or the second
//   harm "early"   it shows before the first piece: the whole answer, for it is the second model's
//   harm "late"    it may show after the commit point. Live: the whole answer, or whole pieces and an error event. Buffered: the whole answer
//
// Left out: bytes changed or lost inside the text of an answer so that it stays well-formed JSON. Nobody but the provider can know of
// these. Hence flips and insertions that make invalid UTF-8 wherever they hit, none inside compressed bytes, and no dropped bytes.
import { Dice } from "./dice.mjs";

export const models = ["one", "two"]; // behind the providers `flaky` and `steady`
export const usualPieces = 16; // about 4 KiB of stream

const response = (flow) => ({ response: flow });
// An offset from the first byte of the response head to a little behind the end of the stream.
const offset = (dice) => dice.between(0, 5_000);
const eventIndex = (dice, pieces) => dice.between(0, pieces - 1);

const spellings = [{ line_end: "crlf" }, { line_end: "cr" }, { line_end: "mixed" }, { bom: true }, { named: true }, { comments: true }, { no_space: true }, { two_lines: true }];
function spelling(dice) {
  const count = dice.between(1, 3);
  return Object.assign({}, ...Array.from({ length: count }, () => dice.pick(spellings)));
}

const honestFramings = ["eof", "http10_eof", "chunk_ext", "1xx_then_200", "no_reason", "extra_bytes", "trailers", "no_last_chunk", "short_cl"];
const earlyFramings = ["cl_te", "two_cl", "te_gzip", "html_200"];
const garbage = [
  "data: {not json\n\n",
  "data: ÿþ\n\n",
  "data: nonsense\n\n",
  "data: [DONE]junk\n\n",
  "data: [1,2,3]\n\n",
  "ÿþý",
  "<html><body>Bad Gateway</body></html>\n\n",
  '{"error":{"message":"bare","type":"server_error"}}\n\n',
  'event: error\ndata: {"message":"named"}\n\n',
  'data: {"error":{"message":"inside","type":"overloaded_error"}}\n\n',
  'data: {"error":"a text"}\n\n',
];

// name: [weight, harm, draw(dice, pieces) -> {wire, mock, pieces}]
//   wire    plan of the fault proxy in front of the model
//   mock    behaviour of the model beside its text
//   pieces  another length of the answer
const kinds = {
  clean: [6, "none", () => ({})],
  split: [5, "none", (d) => ({ wire: { seed: d.between(1, 1e6), ...response({ write_size: d.between(2, 64), sizes: "random" }) } })],
  bytewise: [1, "none", (d) => ({ wire: response({ write_size: 1 }), pieces: d.between(1, 4) })],
  drip: [1, "none", (d) => ({ wire: response({ write_size: d.between(64, 512), gap_us: d.between(1, 3_000) }) })],
  delay: [2, "none", (d) => ({ wire: response({ delay_ms: d.between(1, 80) }) })],
  "request split": [2, "none", (d) => ({ wire: { request: { write_size: d.between(1, 64), sizes: "random" } } })],
  spelling: [8, "none", (d) => ({ mock: spelling(d) })],
  "spelling, split": [3, "none", (d) => ({ mock: spelling(d), wire: response({ write_size: d.between(1, 64), sizes: "random" }) })],
  "usage in every event": [1, "none", () => ({ mock: { usage_every_event: true } })],
  gzip: [2, "none", () => ({ mock: { gzip: true } })],
  "no [DONE]": [2, "none", () => ({ mock: { no_done: true } })],
  "odd framing": [4, "none", (d) => ({ mock: { framing: d.pick(honestFramings) } })],
  "behind [DONE]": [2, "none", (d) => ({ mock: { after_done: d.pick(["data: [DONE]\n\n", "data: {\"late\":1}\n\n", "ÿ", ": late\n\n"]) } })],
  status: [4, "early", (d) => ({ mock: { status: d.pick([408, 429, 500, 502, 503, 504, 529, 401, 403]), ...(d.chance(30) && { retry_after: d.between(0, 30) }) } })],
  "error in a 200": [2, "early", () => ({ mock: { error_200: true } })],
  "empty answer": [1, "early", () => ({ mock: { sequence: 0 } })],
  "no head": [2, "early", (d) => ({ mock: { cut_before_head: true, rst: d.chance(50) } })],
  "silent from the start": [0.5, "early", () => ({ mock: { stall_before_head: true } })],
  "bad framing": [3, "early", (d) => ({ mock: { framing: d.pick(earlyFramings) } })],
  "plain for a stream": [1, "early", () => ({ mock: { framing: "json_for_stream" } })],
  "request reset": [2, "early", (d) => ({ wire: { request: { fault: "reset", at: d.between(0, 600) } } })],
  "bad chunk": [1, "late", () => ({ mock: { framing: "bad_chunk" } })],
  cut: [12, "late", (d) => ({ wire: response({ fault: "cut", at: offset(d) }) })],
  reset: [10, "late", (d) => ({ wire: response({ fault: "reset", at: offset(d) }) })],
  "half close": [2, "late", (d) => ({ wire: response({ fault: "half_close", at: offset(d) }) })],
  "cut, split": [3, "late", (d) => ({ wire: response({ fault: d.pick(["cut", "reset"]), at: offset(d), write_size: d.between(1, 200), sizes: "random" }) })],
  "cut, spelling": [3, "late", (d) => ({ mock: spelling(d), wire: response({ fault: "cut", at: offset(d) }) })],
  "cut, gzip": [1, "late", (d) => ({ mock: { gzip: true }, wire: response({ fault: "cut", at: d.between(0, 1_500) }) })],
  "cut, until close": [2, "late", (d) => ({ mock: { framing: d.pick(["eof", "http10_eof"]) }, wire: response({ fault: "cut", at: offset(d) }) })],
  stall: [2, "late", (d) => ({ wire: response({ fault: "stall", at: offset(d) }) })],
  flip: [4, "late", (d) => ({ wire: response({ fault: "flip", at: offset(d) }) })],
  insert: [3, "late", (d) => ({ wire: response({ fault: "insert", at: offset(d), bytes: d.pick(["ÿ", "ÿÿÿÿ", "þ\r\n"]) }) })],
  "garbage event": [5, "late", (d, pieces) => ({ mock: { garbage_at_event: eventIndex(d, pieces), garbage: d.pick(garbage) } })],
  "error event": [3, "late", (d, pieces) => ({ mock: { error_at_event: eventIndex(d, pieces), raw_error: d.chance(30) } })],
  // Drawn by sweepStream() alone.
  "cut at every byte": [0, "late"],
  "reset at every byte": [0, "late"],
  "flip at every byte": [0, "late"],
  "no finish reason": [3, "late", (d) => ({ mock: { no_finish_reason: true, no_done: true, short_by: d.between(0, usualPieces - 1) } })],
};
const weighted = Object.entries(kinds).map(([name, [weight]]) => [name, weight * 2]);
// A request that is not streamed has no events to be spelled, and bytes changed in its JSON are nobody's to find.
const plainKinds = ["clean", "split", "delay", "request split", "gzip", "status", "error in a 200", "empty answer", "no head", "bad framing", "request reset", "cut", "reset", "stall"];
const weightedPlain = weighted.filter(([name]) => plainKinds.includes(name));

const tiers = [
  { name: "live", model: "t1", buffered: false },
  { name: "buffered", model: "t2", buffered: true },
  { name: "buffered by header", model: "t1", buffered: true, headers: ["x-smartroute-guarantee: buffered"] },
];

function troubleOf(kind, dice, pieces, lengths = "drawn") {
  const { wire, mock = {}, pieces: drawn = pieces } = kinds[kind][2](dice, pieces);
  const { short_by = 0, ...behaviour } = mock;
  const length = lengths === "drawn" ? drawn : pieces;
  return { kind, wire, length, behaviour: { sequence: length - Math.min(short_by, length), ...behaviour } };
}

function assemble(n, { tier, stream, trouble, second, leave }) {
  const tag = `s${String(n).padStart(6, "0")}`; // of one length, so that all streams of a kind are
  const pieces = trouble.length;
  const behaviours = {
    [models[0]]: { ...trouble.behaviour, tag },
    [models[1]]: second ? { ...second.behaviour, tag } : { sequence: pieces, tag },
  };
  const harm = kinds[trouble.kind][1];
  const wires = { ...(trouble.wire && { flaky: trouble.wire }), ...(second?.wire && { steady: second.wire }) };
  return { n, tag, tier, stream, pieces, kind: trouble.kind, second: second?.kind, harm: second ? "both" : harm, leave, behaviours, wires };
}

// When the model writes: everything at once, event by event, or with pauses.
const tempos = [
  [{}, 50],
  [{ event_writes: true }, 30],
  [{ pace_ms: 1 }, 15],
  [{ pace_ms: 4, first_token_ms: 5 }, 5],
];

// Stream N. {n, tag, tier, stream, pieces, kind, second, harm, leave, behaviours, wires}
//   second   kind of the trouble of the second model; undefined: it is well
//   leave    {after: bytes, how: "fin" | "reset"}: the client goes
export function drawStream(seed, n) {
  const dice = new Dice(seed, n);
  const tier = dice.weighted([[tiers[0], 60], [tiers[1], 25], [tiers[2], 15]]);
  const stream = !dice.chance(8);
  const table = stream ? weighted : weightedPlain;
  const pieces = dice.chance(80) ? usualPieces : dice.between(1, 60);
  const trouble = troubleOf(dice.weighted(table), dice, pieces);
  const second = dice.chance(6) ? troubleOf(dice.weighted(table), dice, trouble.length, "given") : undefined;
  const tempo = stream ? dice.weighted(tempos) : {};
  for (const one of [trouble, second].filter(Boolean)) one.behaviour = { ...tempo, ...one.behaviour };
  const leave = dice.chance(4) ? { after: dice.between(0, 4_500), how: dice.pick(["fin", "reset"]) } : undefined;
  return assemble(n, { tier, stream, trouble, second, leave });
}

// The sweep: every offset of the response to a plain stream in turn, struck by `fault`.
export function sweepStream(n, fault, at, tier = "live") {
  const trouble = { kind: `${fault} at every byte`, wire: response({ fault, at }), length: usualPieces, behaviour: { sequence: usualPieces } };
  return { ...assemble(n, { tier: tiers.find(({ name }) => name === tier), stream: true, trouble }), swept: true };
}
