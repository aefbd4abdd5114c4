// The request as a program would send it: straight to the gateway, not through this dashboard.

export type SnippetLanguage = "curl" | "python" | "javascript";
export const snippetLanguages: SnippetLanguage[] = ["curl", "python", "javascript"];

export interface SnippetInput {
  /** http://127.0.0.1:8080/v1 */
  baseUrl: string;
  body: Record<string, unknown>;
  /** Whether callers must present a key. */
  needsKey: boolean;
}

const keyVariable = "SMARTROUTE_KEY";

/** For a POSIX shell: nothing inside single quotes means anything, but the quote itself. */
export function shellQuote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function curl({ baseUrl, body, needsKey }: SnippetInput): string {
  const lines = [
    `curl ${body.stream === true ? "-N " : ""}${shellQuote(`${baseUrl}/chat/completions`)}`,
    "-H 'content-type: application/json'",
    ...(needsKey ? [`-H "authorization: Bearer $${keyVariable}"`] : []),
    `-d ${shellQuote(JSON.stringify(body, null, 2))}`,
  ];
  return lines.join(" \\\n  ");
}

/** JSON is almost Python: only these three words differ, and they must not be touched inside strings. */
export function pythonLiteral(value: unknown, indent = 0): string {
  const inner = " ".repeat(indent + 4);
  const outer = " ".repeat(indent);
  if (value === null || value === undefined) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  if (Array.isArray(value)) {
    if (value.length === 0) return "[]";
    return `[\n${value.map((item) => inner + pythonLiteral(item, indent + 4)).join(",\n")},\n${outer}]`;
  }
  if (typeof value === "object") {
    const entries = Object.entries(value);
    if (entries.length === 0) return "{}";
    return `{\n${entries.map(([key, item]) => `${inner}${pythonString(key)}: ${pythonLiteral(item, indent + 4)}`).join(",\n")},\n${outer}}`;
  }
  return typeof value === "string" ? pythonString(value) : String(value);
}

function pythonString(text: string): string {
  return JSON.stringify(text);
}

const sdkParameters = new Set([
  "model", "messages", "stream", "temperature", "max_tokens", "max_completion_tokens", "top_p", "n", "stop", "seed", "user", "tools", "tool_choice",
  "response_format", "presence_penalty", "frequency_penalty", "logit_bias", "logprobs", "top_logprobs", "parallel_tool_calls", "stream_options",
  "reasoning_effort", "modalities", "audio", "metadata", "store", "service_tier", "prediction",
]);

function python({ baseUrl, body, needsKey }: SnippetInput): string {
  const known = Object.entries(body).filter(([name]) => sdkParameters.has(name));
  const extra = Object.entries(body).filter(([name]) => !sdkParameters.has(name));
  const streams = body.stream === true;
  const args = known.map(([name, value]) => `    ${name}=${pythonLiteral(value, 4)},`);
  if (extra.length > 0) args.push(`    extra_body=${pythonLiteral(Object.fromEntries(extra), 4)},`);
  return [
    ...(needsKey ? ["import os", ""] : []),
    "from openai import OpenAI",
    "",
    `client = OpenAI(base_url=${pythonString(baseUrl)}, api_key=${needsKey ? `os.environ["${keyVariable}"]` : '"none"'})`,
    `${streams ? "stream" : "answer"} = client.chat.completions.create(`,
    ...args,
    ")",
    ...(streams
      ? ["for chunk in stream:", "    if chunk.choices:", '        print(chunk.choices[0].delta.content or "", end="", flush=True)']
      : ["print(answer.choices[0].message.content)"]),
    "",
  ].join("\n");
}

function javascript({ baseUrl, body, needsKey }: SnippetInput): string {
  const streams = body.stream === true;
  return [
    'import OpenAI from "openai";',
    "",
    `const client = new OpenAI({ baseURL: ${JSON.stringify(baseUrl)}, apiKey: ${needsKey ? `process.env.${keyVariable}` : '"none"'} });`,
    `const ${streams ? "stream" : "answer"} = await client.chat.completions.create(${JSON.stringify(body, null, 2)});`,
    ...(streams
      ? ['for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta?.content ?? "");']
      : ["console.log(answer.choices[0].message.content);"]),
    "",
  ].join("\n");
}

export function snippet(language: SnippetLanguage, input: SnippetInput): string {
  if (language === "curl") return curl(input);
  return language === "python" ? python(input) : javascript(input);
}

/** Where clients reach a data plane. One that listens on all addresses is reached under the name of this page. */
export function gatewayBaseUrl(proxies: readonly string[], pageHost: string): string {
  const address = proxies[0];
  if (!address) return "http://127.0.0.1:8080/v1";
  const everywhere = /^(0\.0\.0\.0|\[::\]|\*)?:(\d+)$/.exec(address);
  return `http://${everywhere ? `${pageHost}:${everywhere[2]}` : address}/v1`;
}
