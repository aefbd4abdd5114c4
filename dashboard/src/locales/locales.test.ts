// The texts of both languages, and the code that uses them.
import { describe, expect, it } from "vitest";

type Texts = { [key: string]: string | Texts };
const files = import.meta.glob<Texts>(["./*.json", "../features/*/locales/*.json"], { import: "default", eager: true });
const sources = import.meta.glob<string>(["../**/*.{ts,tsx}", "!../gen/**", "!../**/*.test.{ts,tsx}"], { query: "?raw", import: "default", eager: true });

function flat(texts: Texts, before = ""): [string, string][] {
  return Object.entries(texts).flatMap(([key, value]) => (typeof value === "string" ? [[before + key, value] as [string, string]] : flat(value, `${before}${key}.`)));
}
const plural = /_(zero|one|two|few|many|other)$/;
const namespaceOf = (path: string) => /features\/([^/]+)\//.exec(path)?.[1] ?? "common";
const namespaces = [...new Set(Object.keys(files).map(namespaceOf))];
function textsOf(namespace: string, language: string): [string, string][] {
  const path = namespace === "common" ? `./${language}.json` : `../features/${namespace}/locales/${language}.json`;
  return flat(files[path] ?? expect.fail(`${path} is missing`));
}
const keysOf = (namespace: string, language: string) => [...new Set(textsOf(namespace, language).map(([key]) => key.replace(plural, "")))].sort();
const slots = (text: string) => [...new Set([...text.matchAll(/\{\{\s*([\w]+)/g)].map(([, name]) => name))].sort();

describe.each(namespaces)("texts of %s", (namespace) => {
  it("have the same keys in both languages", () => {
    expect(keysOf(namespace, "zh-CN")).toEqual(keysOf(namespace, "en"));
  });

  it("are all there, and take the same values", () => {
    const chinese = new Map(textsOf(namespace, "zh-CN"));
    for (const [key, text] of textsOf(namespace, "en")) {
      if (key.endsWith("_one")) continue;
      const other = chinese.get(key) ?? chinese.get(key.replace(plural, "_other")) ?? "";
      expect(text.trim(), key).not.toBe("");
      expect(other.trim(), key).not.toBe("");
      expect(slots(other), key).toEqual(slots(text));
    }
  });

  it("have the plurals that each language has", () => {
    for (const language of ["en", "zh-CN"]) {
      const keys = new Set(textsOf(namespace, language).map(([key]) => key));
      const wanted = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
      for (const key of keys) {
        if (!plural.test(key) || wanted.length === 0) continue;
        for (const category of wanted) expect(keys, `${language} ${key}`).toContain(key.replace(plural, `_${category}`));
      }
    }
  });

  it("are all used", () => {
    // A feature's own files, and what of it lies outside so that others can show it.
    const own = Object.entries(sources).filter(([path]) => namespace === "common" || path.startsWith(`../features/${namespace}/`) || !path.startsWith("../features/"));
    const code = own.map(([, text]) => text).join("\n");
    const literals = new Set([...code.matchAll(/["'`]([\w-]+:)?([\w.-]+)["'`]/g)].map(([, , text]) => text ?? ""));
    // `levels.${level}` uses all that begins with "levels.", `${kind}.title` all that ends with ".title".
    const templates = [...code.matchAll(/`((?:[\w.:-]|\$\{(?:[^{}`]|\{[^{}]*\}|`[^`]*`)*\})+)`/g)]
      .map(([, text]) => (text ?? "").replace(/^[\w-]+:/, "").replace(/\$\{(?:[^{}`]|\{[^{}]*\}|`[^`]*`)*\}/g, "\u0000"))
      .filter((text) => text.includes("\u0000") && /[\w]/.test(text))
      .map((text) => new RegExp(`^${text.replace(/\./g, "\\.").replaceAll("\u0000", "[\\w.-]+")}$`));
    const unused = keysOf(namespace, "en").filter((key) => !literals.has(key) && !templates.some((one) => one.test(key)));
    expect(unused).toEqual([]);
  });
});
