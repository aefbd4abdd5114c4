import { describe, expect, test } from "vitest";
import { errorOf, isInlineImage, requestConversation, responseConversation } from "./conversation";
import { closeCutJson, type Json, jsonInString, parseJson, readBody } from "./json-text";

const encode = (text: string) => new TextEncoder().encode(text);

describe("JSON in a text", () => {
  test("is found in a string, twice wrapped too, and nowhere else", () => {
    expect(jsonInString('{"a":1}')).toEqual({ a: 1 });
    expect(jsonInString(JSON.stringify('[{"a":1}]'))).toEqual([{ a: 1 }]);
    expect(jsonInString(JSON.stringify(JSON.stringify({ a: 1 })))).toEqual({ a: 1 });
    for (const text of ["", "hello", "42", "true", '"just a string"', "{not json}", "[see above]"]) expect(jsonInString(text)).toBeUndefined();
  });

  test("that was cut anywhere is read as far as it goes", () => {
    const whole = JSON.stringify({ model: "auto", n: 12.5, ok: true, messages: [{ role: "user", content: 'say "hi" \\ \u4f60\n' }, { role: "user", content: null }] });
    const escaped = whole.replace("\u4f60", "\\u4f60");
    for (const text of [whole, escaped])
      for (let end = 1; end < text.length; ++end) {
        const closed = closeCutJson(text.slice(0, end));
        if (end > 1) expect(closed, text.slice(0, end)).toBeDefined();
        if (closed !== undefined) expect(parseJson(closed), closed).toBeDefined();
      }
    expect(closeCutJson("no json at all")).toBeUndefined();
  });

  test("makes a body that was cut readable, and leaves other texts alone", () => {
    const cut = readBody(encode('{"messages":[{"role":"user","content":"气气').slice(0, -1), true);
    expect(cut.value).toEqual({ messages: [{ role: "user", content: "气" }] });
    expect(cut.text.endsWith("\uFFFD")).toBe(false);
    expect(readBody(encode("<html>"), false)).toEqual({ text: "<html>", value: undefined, cut: false });
  });
});

describe("a conversation", () => {
  test("has texts, pictures, tool calls and what tools said", () => {
    const talk = requestConversation({
      tools: [{ type: "function", function: { name: "look_up" } }],
      messages: [
        { role: "system", content: "be brief" },
        { role: "user", name: "ada", content: [{ type: "text", text: "what is this?" }, { type: "image_url", image_url: { url: "https://example.com/a.png", detail: "low" } }, { type: "input_audio", input_audio: { format: "wav", data: "AAAA" } }, { type: "file", file: { filename: "a.pdf" } }, { type: "hologram", x: 1 }] },
        { role: "assistant", content: null, tool_calls: [{ id: "call_1", type: "function", function: { name: "look_up", arguments: '{"city":"Paris"}' } }] },
        { role: "tool", tool_call_id: "call_1", content: '{"sky":"blue"}' },
        "nonsense",
      ],
    });
    expect(talk?.tools).toEqual(["look_up"]);
    expect(talk?.turns.map(({ role }) => role)).toEqual(["system", "user", "assistant", "tool"]);
    expect(talk?.turns[1]?.parts).toEqual([
      { kind: "text", text: "what is this?" },
      { kind: "image", url: "https://example.com/a.png", detail: "low" },
      { kind: "audio", format: "wav", bytes: 3 },
      { kind: "file", name: "a.pdf" },
      { kind: "other", type: "hologram", json: JSON.stringify({ type: "hologram", x: 1 }, null, 2) },
    ]);
    expect(talk?.turns[2]?.toolCalls).toEqual([{ id: "call_1", name: "look_up", args: '{"city":"Paris"}' }]);
    expect(talk?.turns[3]?.toolCallId).toBe("call_1");
  });

  test("of an answer has every choice, refusals, reasoning and why it ended", () => {
    const talk = responseConversation({
      choices: [
        { message: { role: "assistant", content: "yes", reasoning_content: "hm" }, finish_reason: "stop" },
        { message: { role: "assistant", content: null, refusal: "no" }, finish_reason: "content_filter" },
        { message: { role: "assistant", content: null, function_call: { name: "old", arguments: "{}" } } },
      ],
    });
    expect(talk?.turns.map(({ note }) => note)).toEqual(["stop", "content_filter", ""]);
    expect(talk?.turns[0]?.parts).toEqual([{ kind: "reasoning", text: "hm" }, { kind: "text", text: "yes" }]);
    expect(talk?.turns[1]?.parts).toEqual([{ kind: "refusal", text: "no" }]);
    expect(talk?.turns[2]?.toolCalls[0]?.name).toBe("old");
  });

  test("is not made of anything else", () => {
    const others: (Json | undefined)[] = [undefined, null, 1, "x", [], {}, { messages: "hi" }];
    for (const value of others) expect(requestConversation(value)).toBeUndefined();
    for (const value of [undefined, { choices: [] }, { choices: "x" }]) expect(responseConversation(value)).toBeUndefined();
  });

  test("tells an error, also one that is JSON inside the message of another", () => {
    expect(errorOf({ error: { message: "too long", type: "invalid_request_error", code: "context_length_exceeded" } })).toEqual({
      message: "too long",
      type: "invalid_request_error",
      code: "context_length_exceeded",
    });
    const inner = JSON.stringify({ error: { message: "overloaded", code: 529 } });
    expect(errorOf({ error: { message: inner, type: "api_error" } })).toEqual({ message: "overloaded", type: "", code: "529" });
    expect(errorOf({ error: "flat" })?.message).toBe("flat");
    expect(errorOf({ choices: [] })).toBeUndefined();
  });

  test("shows only pictures that came with it and hold no script", () => {
    expect(isInlineImage("data:image/png;base64,iVBORw0K")).toBe(true);
    for (const url of ["https://example.com/a.png", "data:image/svg+xml;base64,PHN2Zz4=", "data:text/html;base64,PGI+", "javascript:alert(1)", 'data:image/png;base64,"><b>'])
      expect(isInlineImage(url)).toBe(false);
  });
});
