import { describe, expect, it } from "vitest";
import { baseUrlOf, isDemo, snippetLanguages, snippetOf } from "./snippets";

describe("baseUrlOf", () => {
  it.each([
    ["127.0.0.1:8080", "example.org", "http://127.0.0.1:8080/v1"],
    ["0.0.0.0:8080", "example.org", "http://example.org:8080/v1"],
    ["[::]:8080", "::1", "http://[::1]:8080/v1"],
    ["[::]:8080", "[::1]", "http://[::1]:8080/v1"],
    [":9", "h", "http://h:9/v1"],
    ["http://10.0.0.1:80", "h", "http://10.0.0.1:80/v1"],
    ["gateway", "h", "http://gateway/v1"],
  ])("of %s on %s is %s", (listen, host, url) => expect(baseUrlOf(listen, host)).toBe(url));
});

it("puts the address into every snippet", () => {
  for (const language of snippetLanguages) expect(snippetOf(language, "http://h:1/v1")).toContain("http://h:1/v1");
});

it("knows the demo by its folder", () => {
  expect(isDemo("/x/.state/smartroute/demo")).toBe(true);
  expect(isDemo("/x/demonstration")).toBe(false);
});
