import { describe, expect, it } from "vitest";
import { newAnswer } from "./answer";
import { type Conversation, conversationReducer, emptyConversation, emptySettings, messagesFor } from "./conversation";
import { requestBody, settingsProblems } from "./request-body";

const said = (text: string) => ({ ...newAnswer("auto", 0), status: "done" as const, text });
const conversation: Conversation = {
  ...emptyConversation,
  system: "Be brief.",
  exchanges: [
    { id: "1", user: { text: "one", images: [] }, answers: [said("A1"), said("B1")] },
    { id: "2", user: { text: "two", images: ["data:image/png;base64,AA"] }, answers: [] },
  ],
};

describe("what a column is sent", () => {
  it("holds its own earlier answers", () => {
    expect(messagesFor(conversation, 1, 1)).toEqual([
      { role: "system", content: "Be brief." },
      { role: "user", content: "one" },
      { role: "assistant", content: "B1" },
      { role: "user", content: [{ type: "text", text: "two" }, { type: "image_url", image_url: { url: "data:image/png;base64,AA" } }] },
    ]);
  });

  it("leaves out what came after the question", () => {
    expect(messagesFor(conversation, 0, 0).map((message) => message.role)).toEqual(["system", "user"]);
  });

  it("takes the first column's answer where the second was not asked yet", () => {
    const single = { ...conversation, exchanges: conversation.exchanges.map((e) => ({ ...e, answers: e.answers.slice(0, 1) })) };
    expect(messagesFor(single, 1, 1)[2]).toEqual({ role: "assistant", content: "A1" });
  });
});

describe("the conversation", () => {
  it("forgets what followed a question that is asked again", () => {
    const next = conversationReducer(conversation, { do: "ask-again", id: "1", user: { text: "other", images: [] } });
    expect(next.exchanges).toEqual([{ id: "1", user: { text: "other", images: [] }, answers: [] }]);
  });

  it("takes the second column's answer before the first's", () => {
    const next = conversationReducer(conversation, { do: "answer", id: "2", column: 1, answer: said("late") });
    expect(next.exchanges[1]?.answers.map((answer) => answer?.text)).toEqual([undefined, "late"]);
  });
});

describe("the request", () => {
  it("leaves out what was not set", () => {
    expect(requestBody("t1", [], { ...emptySettings, stream: false })).toEqual({ model: "t1", messages: [] });
  });

  it("takes extra parameters", () => {
    expect(requestBody("auto", [], { ...emptySettings, temperature: "0.2", maxTokens: "9", extra: '{"top_p":0.5}' })).toEqual({
      model: "auto", messages: [], stream: true, temperature: 0.2, max_tokens: 9, top_p: 0.5,
    });
  });

  it("names what is wrong with parameters", () => {
    expect(settingsProblems({ ...emptySettings, temperature: "3", maxTokens: "1.5", extra: "{" })).toEqual(["temperature", "maxTokens", "extraNotJson"]);
    expect(settingsProblems({ ...emptySettings, extra: "[]" })).toEqual(["extraNotObject"]);
    expect(settingsProblems({ ...emptySettings, extra: '{"model":"x"}' })).toEqual(["extraReserved"]);
    expect(settingsProblems(emptySettings)).toEqual([]);
  });
});
