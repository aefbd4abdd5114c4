import { describe, expect, it } from "vitest";
import { type Answer, applyEvent, applyWhole, endOfStream, newAnswer, readError, requestIdOf } from "./answer";
import { createSseParser } from "./sse-parser";

function run(text: string): Answer {
  const parser = createSseParser();
  let answer = newAnswer("auto", 0);
  let now = 0;
  for (const event of parser.push(text)) answer = applyEvent(answer, event, (now += 10));
  return endOfStream(answer, now + 10);
}

const delta = (value: object, finish: string | null = null) => `data: ${JSON.stringify({ choices: [{ delta: value, finish_reason: finish }] })}\n\n`;

describe("an answer that streams", () => {
  it("puts its pieces together and ends with [DONE]", () => {
    const answer = run(`${delta({ role: "assistant" })}${delta({ content: "a" })}${delta({ content: "b" }, "stop")}data: [DONE]\n\n`);
    expect(answer).toMatchObject({ status: "done", text: "ab", finishReason: "stop", firstTokenMs: 20, durationMs: 40 });
  });

  it("keeps what came before an error inside the stream", () => {
    const answer = run(`${delta({ content: "half" })}data: {"error":{"message":"provider broke","code":"upstream_broken"}}\n\n`);
    expect(answer).toMatchObject({ status: "failed", text: "half", error: { message: "provider broke", code: "upstream_broken" } });
  });

  it("says that it was cut when the connection ends without an end", () => {
    expect(run(delta({ content: "half" }))).toMatchObject({ status: "failed", error: { code: "stream_cut" } });
  });

  it("forgets what came before another model began anew", () => {
    const restart = 'data: {"choices":[],"smartroute":{"restart":{"discard":true,"attempt":2}}}\n\n';
    expect(run(`${delta({ content: "old" })}${restart}${delta({ content: "new" }, "stop")}data: [DONE]\n\n`)).toMatchObject({ text: "new", restarts: 1, status: "done" });
  });

  it("joins the arguments of tool calls by their index", () => {
    const piece = (args: string, name?: string) => delta({ tool_calls: [{ index: 0, function: { name, arguments: args } }] });
    expect(run(`${piece("", "sum")}${piece('{"a"')}${piece(":1}")}data: [DONE]\n\n`).toolCalls).toEqual([{ name: "sum", arguments: '{"a":1}' }]);
  });

  it("takes the usage of a chunk without choices", () => {
    expect(run(`${delta({ content: "x" }, "stop")}data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":1}}\n\ndata: [DONE]\n\n`).usage).toEqual({ prompt: 3, completion: 1 });
  });

  it("passes by what is no JSON", () => {
    expect(run(`data: nonsense\n\n${delta({ content: "x" }, "stop")}data: [DONE]\n\n`)).toMatchObject({ text: "x", status: "done" });
  });
});

describe("a whole answer", () => {
  it("is read at once", () => {
    const body = { choices: [{ message: { content: "hi" }, finish_reason: "stop" }], usage: { prompt_tokens: 2, completion_tokens: 1 } };
    expect(applyWhole(newAnswer("t1", 5), body, 105)).toMatchObject({ status: "done", text: "hi", durationMs: 100, usage: { prompt: 2, completion: 1 } });
  });
});

it("reads errors of either form", () => {
  expect(readError({ error: { message: "no", type: "t", code: "c" } }, "")).toEqual({ message: "no", type: "t", code: "c" });
  expect(readError({ code: "permission_denied", message: "viewers may not" }, "")).toMatchObject({ message: "viewers may not", code: "permission_denied" });
  expect(readError("<html>", "502 Bad gateway")).toEqual({ message: "502 Bad gateway" });
});

it("knows the request by either header", () => {
  expect(requestIdOf({ ...newAnswer("a", 0), headers: [["x-request-id", "r1"]] })).toBe("r1");
});
