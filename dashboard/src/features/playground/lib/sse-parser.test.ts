import { describe, expect, it } from "vitest";
import { createSseParser, type SseEvent } from "./sse-parser";

function readAll(pieces: string[]): SseEvent[] {
  const parser = createSseParser();
  return [...pieces.flatMap((piece) => parser.push(piece)), ...parser.end()];
}

const stream = [
  "\uFEFF: a comment\r\n",
  'data: {"choices":[{"delta":{"content":"你好 🙂"}}]}\r\n\r\n',
  ": heartbeat\n\n",
  "event: note\ndata: one\ndata:two\n\n",
  'data: {"error":{"message":"cut"}}\r\r',
  "retry: 10\nid: 7\n\n",
  "data\n\n",
  "data: [DONE]\n\n",
].join("");

const expected: SseEvent[] = [
  { event: "message", data: '{"choices":[{"delta":{"content":"你好 🙂"}}]}' },
  { event: "note", data: "one\ntwo" },
  { event: "message", data: '{"error":{"message":"cut"}}' },
  { event: "message", data: "" },
  { event: "message", data: "[DONE]" },
];

describe("the SSE parser", () => {
  it("reads events whole", () => {
    expect(readAll([stream])).toEqual(expected);
  });

  it("reads the same wherever the text is cut in two", () => {
    for (let cut = 0; cut <= stream.length; cut += 1) {
      expect(readAll([stream.slice(0, cut), stream.slice(cut)])).toEqual(expected);
    }
  });

  it("reads the same when it comes a character at a time", () => {
    expect(readAll(stream.split(""))).toEqual(expected);
  });

  it("reads the same wherever it is cut in three", () => {
    const short = "data: a\r\n\r\n: c\r\ndata: b\r\n\r\n";
    for (let one = 0; one <= short.length; one += 1)
      for (let two = one; two <= short.length; two += 1)
        expect(readAll([short.slice(0, one), short.slice(one, two), short.slice(two)]).map((e) => e.data)).toEqual(["a", "b"]);
  });

  it("drops an event that the end of the stream cut off", () => {
    expect(readAll(["data: whole\n\ndata: ha"]).map((e) => e.data)).toEqual(["whole"]);
  });

  it("does not take a data line of an unknown field for data", () => {
    expect(readAll(["dataset: x\n:data: y\n\ndata:z\n\n"]).map((e) => e.data)).toEqual(["z"]);
  });
});
