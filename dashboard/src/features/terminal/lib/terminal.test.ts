import { describe, expect, test } from "vitest";
import { levelsOf, parseSearch } from "../search";
import { readBatch } from "./batch";
import { LineBuffer, maxLineChars, type NewLine } from "./line-buffer";
import { matcherOf, textFilter } from "./line-filter";
import { lineText, recordSearch } from "./line-text";
import { LineView } from "./line-view";
import { Names } from "./names";
import { TerminalStore } from "./terminal-store";

const line = (change: Partial<NewLine> = {}): NewLine => ({
  atMs: 1_795_433_481_543.73, level: "info", source: "proxy-1", request: false, text: "hello", tier: "", model: "", status: 0, requestId: "", recordId: "", ...change,
});
const request = (change: Partial<NewLine> = {}) => line({ request: true, tier: "t2", model: "azure/gpt-4", status: 200, requestId: "req_1", recordId: "6c01", ...change });
const kept = (buffer: LineBuffer) => Array.from({ length: buffer.size }, (_, i) => buffer.line(buffer.first + i)?.text);
const found = (view: LineView) => Array.from({ length: view.count }, (_, i) => view.buffer.line(view.at(i))?.text);
const whole = (buffer: LineBuffer, search = {}) => {
  const view = new LineView(buffer, matcherOf(search));
  view.advance(Number.POSITIVE_INFINITY);
  return view;
};

describe("the URL", () => {
  test("is read into filters, whatever stands in it", () => {
    expect(parseSearch({ q: 404, level: "warn,error,loud", tier: "t9", kind: "logs", source: "", model: ["x"] })).toEqual({ q: "404", level: "warn,error", kind: "logs" });
    expect(parseSearch({ level: "debug,info,warn,error", kind: "all" })).toEqual({});
    expect(levelsOf("error,debug")).toEqual(["debug", "error"]);
  });
});

describe("a batch", () => {
  test("may have 64-bit numbers as numbers or as text, and fields left out", () => {
    expect(readBatch('{"lines":[{"at_us":"1795433481543730","level":"warn","text":"x","status":503,"request":true},{"at_us":1000}],"dropped":"7"}')).toEqual({
      dropped: 7,
      lines: [
        line({ level: "warn", source: "", text: "x", status: 503, request: true }),
        line({ atMs: 1, level: "", source: "", text: "" }),
      ],
    });
    expect(readBatch('{"dropped":2}')).toEqual({ lines: [], dropped: 2 });
  });

  test("that is none is left out", () => {
    for (const text of ["", "nonsense", "null", "[]", "3"]) expect(readBatch(text)).toBeUndefined();
    expect(readBatch('{"lines":[null,3,"x",{"text":5,"status":"many"}]}')?.lines).toEqual([line({ atMs: 0, level: "", source: "", text: "" })]);
  });
});

describe("the buffer", () => {
  test("keeps the newest lines, each under its number", () => {
    const buffer = new LineBuffer(4);
    for (let i = 0; i < 11; ++i) buffer.push(line({ text: `line ${i}` }));
    expect([buffer.first, buffer.end, buffer.size]).toEqual([7, 11, 4]);
    expect(kept(buffer)).toEqual(["line 7", "line 8", "line 9", "line 10"]);
    expect(buffer.line(6)).toBeUndefined();
    expect(buffer.line(11)).toBeUndefined();
  });

  test("gives back what was put in", () => {
    const buffer = new LineBuffer(4);
    buffer.push(request({ level: "error", status: 503, tier: "t3", source: "control" }));
    expect(buffer.line(0)).toEqual({ seq: 0, ...request({ level: "error", status: 503, tier: "t3", source: "control" }) });
  });

  test("is bounded in characters too, and cuts a line that is far too long", () => {
    const buffer = new LineBuffer(1_000, 50_000);
    buffer.push(line({ text: "x".repeat(100_000) }));
    expect(buffer.line(0)?.text).toHaveLength(maxLineChars + 1);
    for (let i = 0; i < 100; ++i) buffer.push(line({ text: "y".repeat(5_000) }));
    expect(buffer.size).toBe(10);
    expect(buffer.end).toBe(101);
  });

  test("forgets names that no line has any more", () => {
    const buffer = new LineBuffer(10);
    for (let i = 0; i < 1_000; ++i) buffer.push(line({ source: `proxy-${i}`, model: `m${i}` }));
    expect(buffer.sources.list()).toHaveLength(10);
    expect(buffer.sourceAt(buffer.first)).toBe("proxy-990");
    buffer.clear();
    expect([buffer.size, buffer.sources.list().length, buffer.models.list().length]).toEqual([0, 0, 0]);
  });

  test("can be copied: the copy stands still", () => {
    const buffer = new LineBuffer(3);
    for (let i = 0; i < 4; ++i) buffer.push(request({ text: `line ${i}`, model: `m${i}` }));
    const copy = buffer.copy();
    for (let i = 4; i < 9; ++i) buffer.push(request({ text: `line ${i}`, model: `m${i}` }));
    expect(kept(copy)).toEqual(["line 1", "line 2", "line 3"]);
    expect(copy.line(2)?.model).toBe("m2");
    expect(copy.models.list()).toEqual(["m1", "m2", "m3"]);
  });
});

test("names keep their numbers as long as somebody has them", () => {
  const names = new Names();
  const a = names.take("a");
  expect(names.take("a")).toBe(a);
  names.drop(a);
  expect(names.of(a)).toBe("a");
  names.drop(a);
  expect(names.list()).toEqual([]);
  expect(names.take("b")).toBe(a);
  expect(names.take("")).toBe(0);
});

describe("filters", () => {
  const buffer = new LineBuffer(10);
  for (const one of [
    line({ text: "config applied", source: "control" }),
    line({ text: "provider slow", level: "warn" }),
    request({ text: "GET answered" }),
    request({ text: "POST failed", level: "error", status: 503, tier: "t3", model: "down/gone" }),
    line({ text: "noise", level: "debug" }),
  ])
    buffer.push(one);

  test.each([
    [{}, 5],
    [{ q: "ANSWERED" }, 1],
    [{ q: "down/" }, 1],
    [{ q: "/^(get|post)/" }, 2],
    [{ q: "/^(get|post)/s" }, 0],
    [{ q: "/^azure.gpt/" }, 1],
    [{ q: "/wrong(/" }, 0],
    [{ level: "warn,error" }, 2],
    [{ source: "control" }, 1],
    [{ tier: "t3" }, 1],
    [{ model: "azure/gpt-4" }, 1],
    [{ kind: "requests" }, 2],
    [{ kind: "logs", level: "debug" }, 1],
  ] as const)("%j finds %i", (search, count) => {
    expect(whole(buffer, search).count).toBe(count);
  });

  test("say what is wrong with an expression, and never remember where they were", () => {
    expect(textFilter("/wrong(/").kind).toBe("wrong");
    expect(textFilter("/").kind).toBe("text");
    const matches = matcherOf({ q: "/config/g" });
    expect([matches(buffer, 0), matches(buffer, 0)]).toEqual([true, true]);
  });
});

describe("a view", () => {
  test("follows the buffer, and forgets what it forgot", () => {
    const buffer = new LineBuffer(6);
    const view = new LineView(buffer, matcherOf({ q: "even" }));
    for (let i = 0; i < 50; ++i) {
      buffer.push(line({ text: i % 2 ? `odd ${i}` : `even ${i}` }));
      view.advance(Number.POSITIVE_INFINITY);
    }
    expect(found(view)).toEqual(["even 44", "even 46", "even 48"]);
    expect([view.at(-1), view.at(3)]).toEqual([-1, -1]);
  });

  test("takes its time in pieces", () => {
    const buffer = new LineBuffer(10_000);
    for (let i = 0; i < 10_000; ++i) buffer.push(line());
    const view = new LineView(buffer, () => true);
    let rounds = 0;
    for (; !view.done; ++rounds) view.advance(0, () => 1);
    expect(rounds).toBe(Math.ceil(10_000 / 256));
    expect(view.count).toBe(10_000);
  });
});

describe("the store", () => {
  const batch = (from: number, to: number) => JSON.stringify({ lines: Array.from({ length: to - from }, (_, i) => ({ at_us: from + i, text: `line ${from + i}`, source: "p" })) });
  const start = (capacity = 100) => {
    const frames: (() => void)[] = [];
    const store = new TerminalStore(new LineBuffer(capacity), (paint) => frames.push(paint));
    const frame = () => {
      for (const paint of frames.splice(0)) paint();
    };
    return { store, frame, frames };
  };

  test("paints once a frame, however many batches came", () => {
    const { store, frame, frames } = start();
    let paints = 0;
    store.subscribe(() => ++paints);
    for (let i = 0; i < 20; ++i) store.receive(batch(i * 10, i * 10 + 10));
    expect(frames).toHaveLength(1);
    frame();
    expect(paints).toBe(1);
    expect(store.snapshot()).toMatchObject({ kept: 100, received: 200, frozen: false });
  });

  test("stands still on what was there while it goes on counting, and follows again", () => {
    const { store, frame } = start();
    store.receive(batch(0, 10));
    frame();
    store.freeze();
    store.receive(batch(10, 500));
    frame();
    const frozen = store.snapshot();
    expect(found(frozen.view).at(-1)).toBe("line 9");
    expect(frozen).toMatchObject({ frozen: true, waiting: 490, kept: 100 });
    store.follow();
    expect(found(store.snapshot().view).at(-1)).toBe("line 499");
  });

  test("filters what stands still as well, and counts only what matches", () => {
    const { store, frame } = start();
    store.receive(batch(0, 20));
    store.freeze();
    store.setFilter({ q: "/5$/" });
    store.receive(batch(20, 40));
    frame();
    const { view, waiting } = store.snapshot();
    expect(found(view)).toEqual(["line 5", "line 15"]);
    expect(waiting).toBe(2);
  });

  test("shows a line once, though a new connection begins with it again", () => {
    const { store, frame } = start();
    store.receive(batch(0, 30));
    store.reconnected();
    store.receive(batch(20, 35));
    frame();
    expect(found(store.snapshot().view).slice(-6)).toEqual(["line 29", "line 30", "line 31", "line 32", "line 33", "line 34"]);
    expect(store.snapshot().received).toBe(35);
  });

  test("counts what was left out, and begins anew when cleared", () => {
    const { store, frame } = start();
    store.receive('{"lines":[{"text":"x"}],"dropped":"12"}');
    store.receive('{"dropped":3}');
    frame();
    expect(store.snapshot().dropped).toBe(15);
    store.clear();
    expect(store.snapshot()).toMatchObject({ dropped: 0, kept: 0, received: 0 });
  });

  test("bears 2,000 lines a second by far", () => {
    const { store, frame } = start(50_000);
    const lines = Array.from({ length: 1_000 }, (_, i) => ({ at_us: `${1_795_433_481_543_730 + i}`, level: "info", source: `proxy-${i % 4}`, request: i % 2 === 0, text: `POST /v1/chat/completions answered in ${i} ms, 40 tokens in, 12 out`, tier: "t1", model: "azure/gpt-4o-mini", status: 200, request_id: `req_${i}`, record_id: `6c01${i}` }));
    const text = JSON.stringify({ lines });
    store.setFilter({ q: "/in 9\\d+ ms/", level: "info" });
    const began = performance.now();
    for (let i = 0; i < 100; ++i) {
      store.receive(text);
      frame();
    }
    const took = performance.now() - began;
    // 100,000 lines; at 2,000 a second they take 50 s to come.
    expect(took).toBeLessThan(5_000);
    expect(store.snapshot().kept).toBe(50_000);
  });
});

test("a line as text is exact and one line; a request leads to its record", () => {
  expect(lineText({ seq: 1, ...request({ text: "a\nb" }) })).toBe("2026-11-23T11:31:21.543Z INFO  proxy-1 200 t2 azure/gpt-4 a b req_1");
  expect(recordSearch({ seq: 1, ...request() })).toEqual({ record: "6c01" });
  expect(recordSearch({ seq: 1, ...request({ recordId: "" }) })).toEqual({ req: "req_1", range: "24h" });
  expect(recordSearch({ seq: 1, ...line() })).toBeUndefined();
});
