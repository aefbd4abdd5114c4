import { describe, expect, it } from "vitest";
import { readRecorded } from "./recorded";

describe("a recorded request", () => {
  it("becomes turns, the last question to be edited", () => {
    const read = readRecorded(JSON.stringify({
      model: "t2", temperature: 0.5, stream: true, top_p: 1,
      messages: [{ role: "system", content: "S" }, { role: "user", content: "q1" }, { role: "assistant", content: "a1" }, { role: "user", content: "q2" }],
    }));
    expect(read?.draft).toEqual({ text: "q2", images: [] });
    expect(read?.conversation).toMatchObject({
      system: "S", preamble: [], settings: { models: ["t2", "t3"], temperature: "0.5", stream: true, extra: '{\n  "top_p": 1\n}' },
      exchanges: [{ user: { text: "q1" }, answers: [{ text: "a1" }] }],
    });
  });

  it("keeps messages with tools as they were", () => {
    const messages = [{ role: "user", content: "q" }, { role: "assistant", content: null, tool_calls: [{}] }, { role: "tool", content: "r" }];
    const read = readRecorded(JSON.stringify({ messages }));
    expect(read?.conversation.preamble).toEqual(messages);
    expect(read?.draft.text).toBe("");
  });

  it("takes pictures only where they came along", () => {
    const parts = (url: string) => JSON.stringify({ messages: [{ role: "user", content: [{ type: "text", text: "see" }, { type: "image_url", image_url: { url } }] }] });
    expect(readRecorded(parts("data:image/png;base64,AA"))?.draft).toEqual({ text: "see", images: ["data:image/png;base64,AA"] });
    expect(readRecorded(parts("https://example.com/a.png"))?.conversation.preamble).toHaveLength(1);
  });

  it("is refused when it is cut off or no chat", () => {
    expect(readRecorded('{"messages":[{"role"')).toBeUndefined();
    expect(readRecorded('{"input":1}')).toBeUndefined();
  });
});
