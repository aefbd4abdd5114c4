import { describe, expect, it } from "vitest";
import { changeInShort, moveModel, setKeywords, setMinConfidence, setMode, settingOf } from "./knobs";

const doc = { tiers: { t1: { models: ["a", "b", "c"] } }, router: { keywords: { t3: ["x"] } } };

describe("quick changes of the draft", () => {
  it("leave the document they were given alone", () => {
    expect(setMode(doc, "keyword").router).toEqual({ keywords: { t3: ["x"] }, mode: "keyword" });
    expect(doc.router).toEqual({ keywords: { t3: ["x"] } });
  });

  it("move a model by one place, and not beyond the ends", () => {
    expect(moveModel(doc, "t1", 2, -1).tiers?.t1?.models).toEqual(["a", "c", "b"]);
    expect(moveModel(doc, "t1", 0, -1)).toBe(doc);
    expect(moveModel(doc, "t2", 0, 1)).toBe(doc);
  });

  it("read a rule a line and drop the list with its last rule", () => {
    expect(setKeywords(doc, "t1", " hello \n\n/\\bhi\\b/\n").router?.keywords?.t1).toEqual(["hello", "/\\bhi\\b/"]);
    expect(setKeywords(doc, "t3", "\n").router).toBeUndefined();
  });

  it("round what a slider gives", () => {
    expect(setMinConfidence({}, 0.30000000000000004).router?.min_confidence).toBe(0.3);
  });
});

it("shows what holds where nothing is written", () => {
  expect(settingOf({}, { router: { mode: "cascade" } }, ["router", "mode"], "")).toBe("cascade");
  expect(settingOf({ router: { mode: "llm" } }, { router: { mode: "cascade" } }, ["router", "mode"], "")).toBe("llm");
  expect(settingOf({}, {}, ["router", "min_confidence"], 0.5)).toBe(0.5);
});

it("names a change in short", () => {
  expect(changeInShort({ path: "router.mode", after: "llm" })).toBe("router.mode = llm");
  expect(changeInShort({ path: "tiers.t1.models", after: "a very long list of models that nobody reads" })).toBe("tiers.t1.models");
  expect(changeInShort({ path: "router.llm", after: undefined })).toBe("router.llm");
});
