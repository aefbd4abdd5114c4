import { describe, expect, test } from "vitest";
import { diffDocs } from "./config-draft-diff";
import { type Doc, parseDoc, same, writeDoc } from "./config-draft-doc";
import { jsonFault, layOutJson } from "./config-draft-json";
import { mergeDocs } from "./config-draft-merge";
import { getIn, pathText, setIn } from "./config-draft-path";
import { hideSecrets, isHint, isReference, withoutSecrets } from "./config-draft-secrets";

describe("documents", () => {
  test("read and write params without touching a token", () => {
    const text = '{"params":{"global":{"a":1.0,"10":1e2,"9":12345678901234567890,"s":"\\u00e9 {x}"},"models":{"m":{}}}}';
    expect(writeDoc(parseDoc(text), 0)).toBe(text);
  });

  test("are the same whatever the order of fields", () => {
    expect(same({ a: 1, b: { c: 2, d: undefined } }, { b: { c: 2 }, a: 1 })).toBe(true);
    expect(same([1, 2], [2, 1])).toBe(false);
  });
});

describe("JSON text", () => {
  test.each([
    ['{"a": 1,}', "key", 1, 9],
    ['{"a" 1}', "unexpected", 1, 6],
    ['{\n  "a": tru\n}', "unexpected", 2, 8],
    ['{"a": 1', "unfinished", 1, 8],
    ['{"a": 01}', "number", 1, 7],
    ['{"a": 1, "a": 2}', "duplicate", 1, 10],
    ["", "empty", 1, 1],
    ["{} x", "trailing", 1, 4],
  ])("%j has its fault %s", (text, kind, line, column) => {
    expect(jsonFault(text)).toMatchObject({ kind, line, column });
  });

  test("is laid out without changing it", () => {
    expect(layOutJson('{"a":1.0,"b":[1,{}],"c":"x, y: {"}', 2)).toBe('{\n  "a": 1.0,\n  "b": [\n    1,\n    {}\n  ],\n  "c": "x, y: {"\n}');
    expect(layOutJson('{ "a" : [ ] }', 0)).toBe('{"a":[]}');
  });
});

describe("paths", () => {
  test("find elements by position or by id", () => {
    const doc: Doc = { providers: [{ id: "a" }, { id: "b", base_url: "u" }] };
    expect(getIn(doc, ["providers", { id: "b" }, "base_url"])).toBe("u");
    expect(getIn(doc, ["providers", 1, "base_url"])).toBe("u");
    expect(pathText(["providers", { id: "b" }, "base_url"])).toBe("providers[b].base_url");
  });

  test("taking out a value takes out what holds nothing then, but not the judge", () => {
    const doc: Doc = { tiers: { t1: { timeouts: { total: "5s" } } }, router: { llm: { model: "m" } } };
    expect(setIn(doc, ["tiers", "t1", "timeouts", "total"], undefined).tiers).toBeUndefined();
    expect(setIn(doc, ["router", "llm", "model"], undefined).router).toEqual({ llm: {} });
  });

  test("keys that JavaScript knows are only keys", () => {
    const doc = setIn({} as Doc, ["model_map", "__proto__"], "openai");
    expect(writeDoc(doc, 0)).toBe('{"model_map":{"__proto__":"openai"}}');
  });
});

describe("differences", () => {
  test("tell elements by id, and what came or went is one change", () => {
    const before: Doc = { providers: [{ id: "a", base_url: "1" }] };
    const after: Doc = { providers: [{ id: "b", base_url: "3" }, { id: "a", base_url: "2" }] };
    expect(diffDocs(before, after).map(({ path, before, after }) => [path, before, after])).toEqual([
      ["providers[a].base_url", "1", "2"],
      ["providers[b]", undefined, '{\n  "id": "b",\n  "base_url": "3"\n}'],
    ]);
  });

  test("say when only the order changed", () => {
    const changes = diffDocs({ models: [{ id: "a" }, { id: "b" }] }, { models: [{ id: "b" }, { id: "a" }] });
    expect(changes).toMatchObject([{ path: "models", before: "[a, b]", after: "[b, a]" }]);
  });

  test("name each field of a part that was not there", () => {
    expect(diffDocs({}, { router: { mode: "llm", llm: {} } }).map((change) => change.path)).toEqual(["router.mode", "router.llm"]);
  });
});

describe("merging", () => {
  const base: Doc = { providers: [{ id: "a", base_url: "1" }], router: { mode: "cascade", min_confidence: 0.8 } };

  test("keeps both sides' changes", () => {
    const mine = setIn(base, ["router", "mode"], "llm");
    const theirs: Doc = { ...base, providers: [{ id: "a", base_url: "1" }, { id: "b", base_url: "2" }] };
    const merged = mergeDocs(base, mine, theirs);
    expect(merged.collisions).toEqual([]);
    expect(merged.doc).toEqual({ ...theirs, router: { mode: "llm", min_confidence: 0.8 } });
  });

  test("asks where both changed the same", () => {
    const mine = setIn(base, ["router", "mode"], "llm");
    const theirs = setIn(base, ["router", "mode"], "keyword");
    expect(mergeDocs(base, mine, theirs).collisions).toEqual([{ path: "router.mode", mine: "llm", theirs: "keyword" }]);
    expect(mergeDocs(base, mine, theirs).doc.router?.mode).toBe("llm");
    expect(mergeDocs(base, mine, theirs, { "router.mode": "theirs" }).doc.router?.mode).toBe("keyword");
  });

  test("one side's deletion of what the other changed is a collision", () => {
    const mine: Doc = { router: base.router ?? {} };
    const theirs = setIn(base, ["providers", { id: "a" }, "base_url"], "9");
    expect(mergeDocs(base, mine, theirs).collisions.map((c) => c.path)).toEqual(["providers"]);
  });
});

describe("secrets", () => {
  test.each([["…abcd", true, false], ["${KEY}", false, true], ["file:/run/key", false, true], ["env.KEY", false, true], ["sk-123", false, false]])(
    "%s is known for what it is",
    (text, hint, reference) => {
      expect([isHint(text), isReference(text)]).toEqual([hint, reference]);
    },
  );

  const saved: Doc = { providers: [{ id: "a", api_key: "…1111" }], gateway: { api_keys: ["…2222"] } };
  const draft: Doc = {
    providers: [{ id: "b", api_key: "sk-new-b", headers: { "x-api-key": "hdr-secret", org: "plain" } }, { id: "a", api_key: "sk-new-a" }],
    gateway: { api_keys: ["…2222", "gw-new-1", "gw-new-2"], keys: [{ name: "app", key: "gw-app" }] },
    router: { llm: { api_key: "judge-key" } },
    tracing: { headers: { auth: "trace-key" } },
  };

  test("leave a document that is kept, every one of them", () => {
    const kept = withoutSecrets(draft, saved);
    expect(writeDoc(kept.doc)).not.toMatch(/new|secret|gw-app|judge-key|trace-key/);
    expect(kept.doc.providers?.[1]?.api_key).toBe("…1111");
    expect(kept.doc.gateway?.api_keys).toEqual(["…2222"]);
    expect(kept.doc.providers?.[0]?.headers).toEqual({ org: "plain" });
    expect(kept.lost.map(pathText)).toContain("providers[b].api_key");
  });

  test("are dots where they are shown", () => {
    expect(writeDoc(hideSecrets(draft))).not.toMatch(/new|hdr-secret|gw-app|judge-key|trace-key/);
  });
});
