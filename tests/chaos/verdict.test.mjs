// The judge of the scenarios, judged: good and safe ends are told from each kind of bad one.
import assert from "node:assert/strict";
import test from "node:test";

import { canonical, isWholePrefix, tokens } from "./answer.mjs";
import { parseResponse } from "./observe.mjs";
import { judge, judgeOutage, worstOf } from "./verdict.mjs";

const forty = tokens.slice(0, 40).join("");
const seen = (fields = {}) => ({ ms: 50, hung: false, status: 200, headers: {}, text: canonical, finish: "stop", ids: ["a"], models: ["m"], usage: { prompt_tokens: 13 }, error: undefined, done: true, whole: true, end: "fin", noise: [], ...fields });
const broken = (fields = {}) => seen({ text: forty, finish: null, done: false, whole: false, usage: null, error: { how: "event", type: "upstream_error", code: "upstream_error", message: "it broke" }, ...fields });
const at = (...times) => times.map((at) => ({ at, lastRole: "user" }));
const once = { primary: at(0), fallback: at(5) };
const verdictOf = (scenario, what, attempts = once, alive = true) => judge(scenario, { seen: what, attempts, alive }).verdict;

test("a whole answer passes, by the SDK's account as well", () => {
  assert.equal(verdictOf({}, seen()), "pass");
  assert.equal(verdictOf({}, seen({ done: undefined, whole: undefined })), "pass");
});

test("a clean error is safe, and passes only where an error is as good", () => {
  assert.equal(verdictOf({}, broken()), "safe");
  assert.equal(verdictOf({}, broken({ text: "" })), "safe");
  assert.equal(verdictOf({}, seen({ text: "", finish: null, status: 502, done: false, error: { how: "status", type: "upstream_error", code: "x", message: "no" } })), "safe");
  assert.equal(verdictOf({ wants: "answer or error" }, broken()), "pass");
});

const lies = {
  "a hang": seen({ hung: true }),
  "a truncated answer as success": seen({ text: forty }),
  "a truncated answer as success, as bytes without [DONE]": seen({ text: forty, finish: null, done: false }),
  "no answer at all as success": seen({ text: "", finish: null }),
  "a whole text without finish reason": seen({ finish: null }),
  "a whole text behind broken framing": seen({ whole: false }),
  "a whole text without [DONE]": seen({ done: false }),
  "two answers mixed": seen({ ids: ["a", "b"] }),
  "a text in which something is missing": seen({ text: canonical.replace(tokens[7], "") }),
  "half a token": broken({ text: forty.slice(0, -1) }),
  "a text with a token twice": broken({ text: forty + tokens[39] }),
  "[DONE] behind an error": broken({ done: true }),
  "a clean end behind an error": broken({ whole: true }),
  "a reset behind an error": broken({ end: "reset" }),
  "an error behind a finish reason": broken({ finish: "stop" }),
  "an error without words": broken({ error: { how: "event", type: "t", message: "" } }),
  "an error without a type": broken({ error: { how: "event", message: "m" } }),
  "a connection that only ends": broken({ error: { how: "connection", type: "reset", message: "terminated" } }),
  "bytes that are no event": seen({ noise: ["<html>"] }),
};
for (const [name, what] of Object.entries(lies))
  test(`${name} fails, whatever the scenario allows`, () => {
    for (const wants of ["answer", "answer or error", { status: 400, code: "x" }]) assert.equal(verdictOf({ wants }, what), "fail", JSON.stringify(wants));
  });

test("a gateway that does not serve afterwards fails", () => assert.equal(verdictOf({}, seen(), once, false), "fail"));

test("a good answer does not excuse bad conduct", () => {
  const bad = [
    [{ within: 40 }, seen(), once],
    [{ primary: { max: 1 } }, seen(), { primary: at(0, 1) }],
    [{ primary: { min: 2 } }, seen(), once],
    [{ fallback: { max: 0 } }, seen(), once],
    [{ larger: { min: 1 } }, seen(), once],
    [{ burst: { ms: 1500, max: 2 } }, seen(), { primary: at(0, 100, 1400) }],
    [{ gap: 1800 }, seen(), { primary: at(0, 1700) }],
    [{ usage: { prompt_tokens: 11 } }, seen(), once],
    [{ usage: { prompt_tokens: 13 } }, seen({ usage: null }), once],
    [{ model: "other" }, seen(), once],
    [{}, seen(), { primary: at(0), fallback: [{ at: 1, lastRole: "assistant" }] }],
  ];
  for (const [rules, what, attempts] of bad) {
    assert.equal(verdictOf(rules, what, attempts), "fail", JSON.stringify(rules));
    assert.equal(verdictOf({ ...rules, wants: "answer or error" }, what, attempts), "fail");
  }
  const good = { within: 60, primary: { min: 1, max: 1 }, fallback: { max: 1 }, burst: { ms: 1500, max: 2 }, gap: 1800, usage: { prompt_tokens: 13 }, model: "m" };
  assert.equal(verdictOf(good, seen()), "pass");
  assert.equal(verdictOf({ gap: 1800, burst: { ms: 1500, max: 2 } }, seen(), { primary: at(10, 1900, 1950) }), "pass");
});

test("a refusal that is to be passed on passes with the provider's words alone", () => {
  const wants = { status: 400, code: "content_policy_violation" };
  const refused = (fields) => seen({ status: 400, text: "", finish: null, done: false, usage: null, error: { how: "status", type: "invalid_request_error", code: wants.code, message: "refused" }, ...fields });
  assert.equal(verdictOf({ wants }, refused()), "pass");
  assert.equal(verdictOf({ wants }, refused({ status: 502 })), "safe");
  assert.equal(verdictOf({ wants }, refused({ error: { how: "status", type: "t", code: "upstream_error", message: "m" } })), "safe");
  assert.equal(verdictOf({ wants }, seen()), "fail");
});

test("an outage is judged by its calls, its probes and its end", () => {
  const rules = { outage: 6000, recovery: 3000, probes: 9 };
  const calls = (backAt) => Array.from({ length: 20 }, (_, i) => ({ at: i * 400, verdict: "pass", from: i * 400 >= backAt ? "primary" : "fallback" }));
  const attempts = (n) => Array.from({ length: n }, (_, i) => ({ at: i * 100 }));
  assert.equal(judgeOutage(rules, { calls: calls(6400), attempts: attempts(9) }).verdict, "pass");
  assert.equal(judgeOutage(rules, { calls: calls(9100), attempts: attempts(9) }).verdict, "fail");
  assert.equal(judgeOutage({ ...rules, recovery: 300 }, { calls: calls(6400), attempts: attempts(9) }).verdict, "fail");
  assert.equal(judgeOutage(rules, { calls: calls(6400), attempts: attempts(10) }).verdict, "fail");
  assert.equal(judgeOutage(rules, { calls: [...calls(6400), { at: 7700, verdict: "safe", complaints: [] }], attempts: [] }).verdict, "fail");
});

test("the worst of several is what counts", () => {
  assert.equal(worstOf(["pass", "pass"]), "pass");
  assert.equal(worstOf(["pass", "safe", "pass"]), "safe");
  assert.equal(worstOf(["fail", "safe"]), "fail");
});

test("a beginning is whole tokens and nothing else", () => {
  for (let n = 0; n <= tokens.length; ++n) assert.ok(isWholePrefix(tokens.slice(0, n).join("")));
  for (const text of [canonical.slice(0, 3), `${canonical} `, canonical + tokens[0], tokens[1], "x"]) assert.ok(!isWholePrefix(text), text);
});

test("bytes are whole when their framing says so", () => {
  const head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  const read = (text) => parseResponse(Buffer.from(text));
  assert.deepEqual([read(`${head}2\r\nab\r\n0\r\n\r\n`).whole, read(`${head}2\r\nab\r\n0\r\n\r\n`).body.toString()], [true, "ab"]);
  for (const cut of ["", "2\r\nab\r\n", "2\r\nab\r\n0\r\n", "2\r\na", "2\r\nab\r\n0\r\n\r\nx"]) assert.equal(read(head + cut).whole, false, cut);
  assert.equal(read("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\n{}").status, 400);
  assert.equal(read("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{}").whole, false);
  assert.equal(read("").status, 0);
});
