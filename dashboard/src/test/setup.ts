import "@testing-library/jest-dom/vitest";
import { cleanup, configure } from "@testing-library/react";
import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import { afterEach, beforeEach } from "vitest";

const files = import.meta.glob<Record<string, unknown>>(["../locales/*.json", "../features/*/locales/*.json"], {
  import: "default",
  eager: true,
});
const resources: Record<string, Record<string, Record<string, unknown>>> = {};
for (const [path, texts] of Object.entries(files)) {
  const language = /([^/]+)\.json$/.exec(path)?.[1] ?? "en";
  const namespace = /features\/([^/]+)\//.exec(path)?.[1] ?? "common";
  (resources[language] ??= {})[namespace] = texts;
}
await i18next.use(initReactI18next).init({
  lng: "en",
  fallbackLng: false,
  load: "currentOnly",
  defaultNS: "common",
  resources: resources as Parameters<typeof i18next.init>[0] extends { resources?: infer R } ? R : never,
  interpolation: { escapeValue: false },
  react: { useSuspense: false },
});

// A busy machine is no failure.
configure({ asyncUtilTimeout: 10_000 });

// What jsdom lacks and components ask for.
class NoResizeObserver implements ResizeObserver {
  observe() {}
  unobserve() {}
  disconnect() {}
}
globalThis.ResizeObserver ??= NoResizeObserver;
window.matchMedia ??= (query: string) => ({
  matches: false,
  media: query,
  onchange: null,
  addEventListener() {},
  removeEventListener() {},
  addListener() {},
  removeListener() {},
  dispatchEvent: () => false,
});
Element.prototype.scrollIntoView ??= () => {};
Element.prototype.hasPointerCapture ??= () => false;
Element.prototype.setPointerCapture ??= () => {};
Element.prototype.releasePointerCapture ??= () => {};
window.scrollTo = () => {};

beforeEach(() => {
  localStorage.clear();
});
afterEach(() => {
  cleanup();
});
