import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { gatewayBaseUrl, pythonLiteral, shellQuote, snippet } from "./snippets";

const body = { model: "auto", messages: [{ role: "user", content: "It's $HOME `id` \"x\"\n</script>" }], stream: false, top_k: 3 };
const input = { baseUrl: "http://127.0.0.1:8080/v1", body, needsKey: false };

describe("snippets", () => {
  it("survive a shell whatever the prompt holds", () => {
    const text = snippet("curl", input).replace(/^curl/, "printf '%s\\n'");
    const said = execFileSync("sh", ["-c", text], { encoding: "utf8" });
    expect(said).toContain(JSON.stringify(body, null, 2));
    expect(execFileSync("sh", ["-c", `printf %s ${shellQuote("a'b$(id)")}`], { encoding: "utf8" })).toBe("a'b$(id)");
  });

  it("ask for a key only where one is needed", () => {
    expect(snippet("curl", input)).not.toContain("authorization");
    expect(snippet("curl", { ...input, needsKey: true })).toContain('-H "authorization: Bearer $SMARTROUTE_KEY"');
    expect(snippet("python", { ...input, needsKey: true })).toContain('os.environ["SMARTROUTE_KEY"]');
  });

  it("give the Python SDK what it does not know as extra_body", () => {
    const text = snippet("python", input);
    expect(text).toContain('extra_body={\n        "top_k": 3,\n    }');
    expect(text).toContain("stream=False");
    expect(text).toContain("print(answer.choices[0].message.content)");
  });

  it("read a stream piece by piece", () => {
    const streaming = { ...input, body: { ...body, stream: true } };
    expect(snippet("curl", streaming)).toMatch(/^curl -N /);
    expect(snippet("python", streaming)).toContain("for chunk in stream:");
    expect(snippet("javascript", streaming)).toContain("for await (const chunk of stream)");
  });
});

it("writes Python's own words", () => {
  expect(pythonLiteral([null, true, "null", []])).toBe('[\n    None,\n    True,\n    "null",\n    [],\n]');
});

it("knows where the gateway listens", () => {
  expect(gatewayBaseUrl(["127.0.0.1:9000"], "box")).toBe("http://127.0.0.1:9000/v1");
  expect(gatewayBaseUrl(["0.0.0.0:9000"], "box")).toBe("http://box:9000/v1");
  expect(gatewayBaseUrl([], "box")).toBe("http://127.0.0.1:8080/v1");
});
