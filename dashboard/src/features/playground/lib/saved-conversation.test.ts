import { beforeEach, expect, it, vi } from "vitest";
import { newAnswer } from "./answer";
import { emptyConversation } from "./conversation";
import { loadConversation, parseConversation, saveConversation } from "./saved-conversation";

const conversation = {
  ...emptyConversation,
  system: "S",
  exchanges: [{ id: "1", user: { text: "q", images: ["data:x"] }, answers: [{ ...newAnswer("auto", 1), text: "half", status: "streaming" as const }] }],
};

beforeEach(() => sessionStorage.clear());

it("comes back after a reload, what was under way as stopped", () => {
  saveConversation(conversation);
  const read = loadConversation();
  expect(read.system).toBe("S");
  expect(read.exchanges[0]?.answers[0]).toMatchObject({ text: "half", status: "stopped" });
});

it("keeps the place of a column that has no answer", () => {
  const two = { ...conversation, exchanges: [{ id: "1", user: { text: "q", images: [] }, answers: [undefined, { ...newAnswer("t3", 1), status: "done" as const }] }] };
  saveConversation(two);
  expect(loadConversation().exchanges[0]?.answers.map((answer) => answer?.asked)).toEqual([undefined, "t3"]);
});

it("keeps the words when there is no room for the pictures", () => {
  const kept: string[] = [];
  const full = { setItem: vi.fn((_: string, text: string) => { if (text.includes("data:x")) throw new Error("quota"); kept.push(text); }) };
  saveConversation(conversation, full as unknown as Storage);
  expect(kept).toHaveLength(1);
});

it("begins anew where something else was kept", () => {
  expect(parseConversation("[1]")).toEqual(emptyConversation);
  expect(parseConversation("nonsense")).toEqual(emptyConversation);
});
