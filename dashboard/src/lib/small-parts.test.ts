import { describe, expect, it } from "vitest";
import { markupOf } from "@/app/trusted-types";
import { toneOf } from "@/components/status-badge";
import { fromInputTime, toInputTime } from "./input-time";
import { parseJson, prettyJson, sizeOf } from "./json-tree";
import { safeNext } from "./next-url";

describe("safeNext", () => {
  it.each(["/logs?range=1h", "/config/tiers#x"])("goes back to %s", (next) => {
    expect(safeNext(next)).toBe(next);
  });
  it.each([undefined, 5, "", "logs", "//evil.example", "/\\evil.example", "/\t/evil.example", "https://evil.example", "/sign-in?next=/", "/set-up"])(
    "goes home instead of to %s",
    (next) => {
      expect(safeNext(next)).toBe("/");
    },
  );
});

describe("times of input fields", () => {
  it("go there and back in UTC and in the zone of the machine", () => {
    const at = Date.UTC(2026, 0, 2, 3, 4, 5);
    expect(toInputTime(at, "utc")).toBe("2026-01-02T03:04:05");
    for (const zone of ["utc", "local"] as const) expect(fromInputTime(toInputTime(at, zone), zone)).toBe(at);
    expect(fromInputTime("yesterday", "utc")).toBeUndefined();
    expect(toInputTime(Number.NaN, "utc")).toBe("");
  });
});

describe("JSON to look at", () => {
  it("opens JSON that lies in a text, as deep as it goes", () => {
    const inner = JSON.stringify({ error: { message: "no", body: JSON.stringify([1, { a: null }]) } });
    const tree = parseJson(JSON.stringify({ detail: inner, plain: "{no json", ok: true }));
    expect(tree).toMatchObject({ kind: "object" });
    const text = JSON.stringify(tree);
    expect(text).toContain('"inString":true');
    expect(text).toContain('{"kind":"string","text":"{no json"}');
    expect(text).toContain('{"kind":"null","text":"null"}');
  });
  it("leaves any other text alone", () => {
    expect(parseJson("<html>")).toBeUndefined();
    expect(prettyJson("<html>")).toBe("<html>");
    expect(prettyJson('{"a":1}')).toBe('{\n  "a": 1\n}');
  });
  it("survives what is nested without end", () => {
    expect(parseJson("[".repeat(3_000) + "]".repeat(3_000))).toBeDefined();
  });
  it("knows how long it would be", () => {
    const tree = parseJson('{"a":[1,2]}') ?? expect.fail("no tree");
    expect(sizeOf(tree)).toBe(6);
  });
});

describe("the tone of a status", () => {
  it.each([
    [200, "completed", "good"],
    [200, "broken_stream", "bad"],
    [200, "client_gone", "warn"],
    [404, "", "warn"],
    [503, "upstream_error", "bad"],
    [0, "", "outline"],
  ])("%d %s is %s", (status, ending, tone) => {
    expect(toneOf(status, ending)).toBe(tone);
  });
});

describe("markupOf", () => {
  it("lets nothing through but the style of a list", () => {
    expect(() => markupOf("<img src=x onerror=alert(1)>")).toThrow();
    expect(() => markupOf("[data-radix-select-viewport]{}</style><script>")).toThrow();
    expect(markupOf("")).toBe("");
  });
});
