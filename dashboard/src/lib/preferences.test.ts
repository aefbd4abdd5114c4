import { describe, expect, it, vi } from "vitest";
import { getPreferences, languageOf, parsePreferences, setPreferences, subscribePreferences } from "./preferences";

describe("parsePreferences", () => {
  it.each([null, "", "no json", "[]", "null", '{"theme":"pink","language":"fr","timeZone":7}'])("makes defaults of %s", (stored) => {
    expect(parsePreferences(stored, ["fr"])).toMatchObject({ theme: "system", language: "en", timeZone: "local" });
  });
  it("keeps what was chosen, whatever the browser prefers", () => {
    expect(parsePreferences('{"theme":"dark","language":"en","timeZone":"utc"}', ["zh-CN"])).toMatchObject({ theme: "dark", language: "en", timeZone: "utc" });
  });
});

describe("languageOf", () => {
  it.each([
    [["zh-TW", "en"], "zh-CN"],
    [["fr", "zh"], "zh-CN"],
    [["de", "en-GB", "zh"], "en"],
    [[], "en"],
  ])("takes the first that it knows of %s", (tags, language) => {
    expect(languageOf(tags)).toBe(language);
  });
});

describe("preferences", () => {
  it("are stored, and told to who listens", () => {
    const heard = vi.fn();
    const stop = subscribePreferences(heard);
    setPreferences({ theme: "dark" });
    expect(heard).toHaveBeenCalledOnce();
    expect(getPreferences().theme).toBe("dark");
    expect(JSON.parse(localStorage.getItem("smartroute.preferences") ?? "")).toMatchObject({ theme: "dark" });
    stop();
    setPreferences({ theme: "system" });
    expect(heard).toHaveBeenCalledOnce();
  });
  it("follow those of another tab", () => {
    window.dispatchEvent(new StorageEvent("storage", { key: "smartroute.preferences", newValue: '{"timeZone":"utc"}' }));
    expect(getPreferences().timeZone).toBe("utc");
    setPreferences({ timeZone: "local" });
  });
});
