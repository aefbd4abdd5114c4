// The dashboard's own words, so that a test can press what a reader of either language sees.
import { readFileSync, readdirSync } from "node:fs";

const root = new URL("../../../dashboard/src/", import.meta.url);
const read = (path) => JSON.parse(readFileSync(new URL(path, root), "utf8"));
export const namespaces = readdirSync(new URL("features/", root)).filter((name) => name !== "what-if").concat("what-if");

const texts = {};
const textsOf = (language) =>
  (texts[language] ??= {
    common: read(`locales/${language}.json`),
    ...Object.fromEntries(namespaces.map((name) => [name, read(`features/${name}/locales/${language}.json`)])),
  });

// words("zh-CN")("logs", "tab.route", {count: 2})
export const words = (language) => (namespace, key, values = {}) => {
  const text = key.split(".").reduce((at, step) => at?.[step], textsOf(language)[namespace]);
  if (typeof text !== "string") throw new Error(`no words for ${namespace}:${key}`);
  return text.replace(/\{\{(\w+)\}\}/g, (_, name) => values[name] ?? `{{${name}}}`);
};

// Names under which keys with a dot begin, so that "outcome.foo" on a page is known for a key nobody translated.
export const keyBeginnings = () => [...new Set(Object.values(textsOf("en")).flatMap((space) => Object.entries(space).filter(([, value]) => typeof value === "object").map(([name]) => name)))];
