// How a first request is sent. Pure.
export const snippetLanguages = ["curl", "python", "javascript"] as const;
export type SnippetLanguage = (typeof snippetLanguages)[number];

/** Where a data plane can be reached from here: one that listens everywhere answers on the host of this page, too. */
export function baseUrlOf(listen: string, pageHost: string): string {
  const parts = /^(\[[^\]]*\]|[^:]*):(\d+)$/.exec(listen.trim().replace(/^https?:\/\//, ""));
  if (!parts) return `http://${listen.trim()}/v1`;
  const [, host = "", port = ""] = parts;
  const everywhere = host === "" || host === "0.0.0.0" || host === "*" || host === "[::]";
  const shown = pageHost.includes(":") && !pageHost.startsWith("[") ? `[${pageHost}]` : pageHost;
  return `http://${everywhere ? shown : host}:${port}/v1`;
}

const snippets: Record<SnippetLanguage, (url: string) => string> = {
  curl: (url) => `curl ${url}/chat/completions \\
  -H "content-type: application/json" \\
  -d '{"model": "auto", "messages": [{"role": "user", "content": "Hello!"}]}'`,
  python: (url) => `from openai import OpenAI

client = OpenAI(base_url="${url}", api_key="any")
answer = client.chat.completions.create(
    model="auto",
    messages=[{"role": "user", "content": "Hello!"}],
)
print(answer.choices[0].message.content)`,
  javascript: (url) => `import OpenAI from "openai";

const client = new OpenAI({ baseURL: "${url}", apiKey: "any" });
const answer = await client.chat.completions.create({
  model: "auto",
  messages: [{ role: "user", content: "Hello!" }],
});
console.log(answer.choices[0].message.content);`,
};

export function snippetOf(language: SnippetLanguage, url: string): string {
  return snippets[language](url);
}

/** The folder of `smartroute demo`. */
export function isDemo(stateFolder: string): boolean {
  return /(^|[\\/])demo[\\/]?$/.test(stateFolder);
}
