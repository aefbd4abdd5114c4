import { describe, expect, test } from "vitest";
import { type Doc, JsonText, writeDoc } from "@/lib/config-draft";
import { arrange, type Lifted, listsOf, moved, withLists } from "./arrange";
import { allFields, fieldName, specOf } from "./fields";
import { makeGatewayKey } from "./gateway-key";
import { canonical, knownModels, nameFault, removeProvider, renameProvider, usesOf } from "./models";
import { addEntries, keywordFault, patternFault } from "./patterns";
import { elementOf, isAt, placeOf, sectionOf } from "./sections";
import { freeId } from "./templates";
import { formatBytes, formatDuration, parseBytes, parseDuration, parseNumber } from "./units";
import en from "../locales/en.json";

describe("units", () => {
  test.each([["5s", 5_000], ["500ms", 500], ["1.5m", 90_000], ["2h", 7_200_000], ["0s", 0], ["5", undefined], ["5 s", undefined], ["-5s", undefined], ["0.0001s", undefined], ["1d", undefined]])(
    "duration %s",
    (text, millis) => expect(parseDuration(text)).toBe(millis),
  );
  test.each([[0, "0s"], [1_500, "1500ms"], [90_000, "90s"], [3_600_000, "1h"], [300_000, "5m"]])("%d ms is %s", (millis, text) => expect(formatDuration(millis)).toBe(text));
  test.each([["1048576", 1_048_576], ["1 MiB", 1_048_576], ["1m", 1_048_576], ["10 MB", 10_000_000], ["1.5GiB", 1_610_612_736], ["x", undefined], ["1 XB", undefined], ["0.3 B", undefined]])(
    "bytes %s",
    (text, bytes) => expect(parseBytes(text)).toBe(bytes),
  );
  test.each([[1_048_576, "1 MiB"], [1_000, "1000 B"], [0, "0 B"], [10_737_418_240, "10 GiB"]])("%d bytes is %s", (bytes, text) => expect(formatBytes(bytes)).toBe(text));
  test("numbers may be grouped, whole ones have no fraction", () => {
    expect(parseNumber("32,000", true)).toBe(32_000);
    expect(parseNumber("0.5", true)).toBeUndefined();
    expect(parseNumber("1e3", false)).toBe(1_000);
    expect(parseNumber("abc", false)).toBeUndefined();
  });
});

describe("fields", () => {
  test("of each tier are the same", () => {
    expect(fieldName(["tiers", "t2", "timeouts", "idle"])).toBe("tiers.timeouts.idle");
    expect(fieldName(["router", "keywords", "t1"])).toBe("router.keywords.t1");
    expect(specOf(["providers", 3, "tls_verify"])).toEqual({ kind: "switch", fallback: true });
  });
  test("all have a label", () => {
    const label = (field: string) => field.split(".").reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], en.fields);
    expect(allFields().filter((field) => !(label(field) as { label?: string } | undefined)?.label)).toEqual([]);
  });
});

describe("places", () => {
  test.each([["tiers.t1.models[0]", "tiers"], ["model_map.a.b", "models"], ["default_provider", "providers"], ["gateway.api_keys[0]", "general"], ["limits.heartbeat", "general"], ["", "general"]])(
    "%s is in %s",
    (path, section) => expect(sectionOf(path)).toBe(section),
  );
  test("a problem inside a field is the field's", () => {
    expect(isAt("tiers.t1.models[0]", "tiers.t1.models")).toBe(true);
    expect(isAt("tiers.t1.models_more", "tiers.t1.models")).toBe(false);
    expect(elementOf("providers[12].base_url", "providers")).toBe(12);
    expect(elementOf("default_provider", "providers")).toBeUndefined();
  });
  test("an unknown section is the first", () => expect(placeOf("nonsense")).toBe("tiers"));
});

describe("keywords", () => {
  test.each([["plain (words", undefined], ["/CVE-\\d+/", undefined], ["/a(?=b)/", "lookaround"], ["/(a)\\1/", "backreference"], ["/a*/", "empty"], ["/(a/", "syntax"], ["/(?i)a/", undefined]])(
    "%s",
    (keyword, fault) => expect(keywordFault(keyword)).toBe(fault),
  );
  test("are added a line each, once", () => expect(addEntries(["a"], "b\n\n a \r\nc")).toEqual(["a", "b", "c"]));
  test("redactions are patterns without slashes", () => expect(patternFault("[a-z]+@")).toBeUndefined());
});

const DOC: Doc = {
  providers: [{ id: "openai" }, { id: "local" }],
  default_provider: "openai",
  model_map: { "gpt-4": "openai", mine: "local" },
  models: [{ id: "openai/gpt", fallbacks: ["local/x"] }],
  tiers: { t1: { models: ["local/x", "mine"] }, t2: { models: ["gpt-4"], rounds: 2 } },
  params: { models: { "local/x": new JsonText("{}") } },
  router: { llm: { model: "local/x" } },
};

describe("models", () => {
  test("are read as a data plane reads them", () => {
    expect(canonical(DOC, "mine")).toBe("local/mine");
    expect(canonical(DOC, "org/name")).toBe("openai/org/name");
    expect(knownModels(DOC)).toEqual(["local/mine", "local/x", "openai/gpt", "openai/gpt-4"]);
  });
  test("keep their provider when it is renamed", () => {
    const text = writeDoc(renameProvider(DOC, 1, "box"), 0);
    expect(text).not.toContain("local");
    expect(text.match(/box\/x/g)).toHaveLength(4);
  });
  test("go with their provider, wherever they stand", () => {
    expect(usesOf(DOC, "local").map((use) => use.where)).toEqual(["t1", "t1", "fallbacks", "model_map", "params", "judge"]);
    const left = removeProvider(DOC, 1);
    expect(writeDoc(left, 0)).not.toMatch(/local|mine/);
    expect(left.tiers?.t1).toBeUndefined();
    expect(left.tiers?.t2).toEqual({ models: ["gpt-4"], rounds: 2 });
  });
  test.each([["", "empty"], ["a b", "characters"], ["a/", "slash"], ["T1", "reserved"], ["openai/gpt-4o", undefined], ["é", "characters"]])("name %s", (name, fault) => expect(nameFault(name)).toBe(fault));
  test("a new provider gets an id of its own", () => expect(freeId(["openai", "OPENAI-2"], "openai")).toBe("openai-3"));
});

describe("arranging", () => {
  const lists = { t1: ["a", "b"], t2: ["c"], t3: [] };
  test("moves within a tier and between tiers", () => {
    expect(moved(lists, { tier: "t1", index: 0 }, { tier: "t1", index: 1 })).toMatchObject({ t1: ["b", "a"] });
    expect(moved(lists, { tier: "t1", index: 0 }, { tier: "t2", index: 9 })).toMatchObject({ t1: ["b"], t2: ["c", "a"] });
  });
  test("by keys stays inside what there is", () => {
    let lifted: Lifted | undefined = arrange(undefined, { type: "lift", spot: { tier: "t1", index: 1 }, by: "keys" });
    for (const key of ["ArrowDown", "ArrowLeft", "ArrowRight", "ArrowDown", "ArrowRight", "ArrowRight"] as const) lifted = arrange(lifted, { type: "step", key, lists });
    expect(lifted?.to).toEqual({ tier: "t3", index: 0 });
    expect(arrange(lifted, { type: "drop" })).toBeUndefined();
  });
  test("an empty tier leaves nothing behind in the document", () => {
    const doc = withLists({ tiers: { t1: { models: ["a"] } } }, { t1: [], t2: ["a"], t3: [] });
    expect(doc).toEqual({ tiers: { t2: { models: ["a"] } } });
    expect(listsOf(doc).t2).toEqual(["a"]);
  });
});

test("a gateway key has no digit that is likelier than another", () => {
  let next = 0;
  const key = makeGatewayKey((bytes) => bytes.map(() => (next++ % 2 === 0 ? 255 : 0)));
  expect(key).toBe(`sk-sr-${"A".repeat(43)}`);
  expect(makeGatewayKey()).toMatch(/^sk-sr-[A-Za-z0-9]{43}$/);
});
