// SDK clients of a gateway, the configuration most tests use, and readers of streams.
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import OpenAI from "openai";

// For tests of other folders, which have no packages of their own.
export { APICallError, streamText } from "ai";
export { OpenAI };

export const gatewayKey = "sk-gateway-key";
export const providerKey = "sk-provider-key";

// Models that never rest and a budget that is never spent: each test finds them as the one before it did.
export const tireless = {
  health: { eject_after: 0, cooldowns: { keyword: "0s", empty: "0s", rate_limited: "0s", unauthorized: "0s", longest: "0s" } },
  retry: { budget_floor: 1000 },
};

// One provider for each mock, named as it; all tiers served by mock/m1.
export function configOf(mocks, more = {}) {
  const providers = Object.values(mocks).map((mock) => ({
    id: mock.name.replace(/^mock /, ""),
    base_url: mock.baseURL,
    api_key: providerKey,
  }));
  return {
    gateway: { api_keys: [gatewayKey] },
    providers,
    tiers: { t1: { models: ["mock/m1"] }, t2: { models: ["mock/m1"] }, t3: { models: ["mock/m1"] } },
    router: { mode: "keyword", default_tier: "t2" },
    ...tireless,
    ...more,
  };
}

// `sent`: what went to the gateway, [{url, body}], one for each HTTP request; `rewrite` may change a body on its way.
function countingFetch(rewrite = (body) => body) {
  const sent = [];
  const counting = (url, init = {}) => {
    const body = rewrite(init.body);
    sent.push({ url: String(url), body });
    return fetch(url, { ...init, body });
  };
  return { sent, counting };
}

// The official SDK with its own retries as they are by default.
export function openai(gateway, { rewrite, ...options } = {}) {
  const { sent, counting } = countingFetch(rewrite);
  const client = new OpenAI({ baseURL: gateway.baseURL, apiKey: gatewayKey, fetch: counting, logLevel: "off", ...options });
  return { client, sent, chat: (params, more) => client.chat.completions.create({ model: "auto", ...params }, more) };
}

// The Vercel AI SDK: model("auto") for generateText and streamText.
export function vercel(gateway, options = {}) {
  const { sent, counting } = countingFetch();
  const model = createOpenAICompatible({
    name: "smartroute",
    baseURL: gateway.baseURL,
    apiKey: gatewayKey,
    fetch: counting,
    includeUsage: true,
    ...options,
  });
  return { model, sent };
}

// One user message; `script` is a behaviour for the mock provider that gets it.
export function says(text, script) {
  return [{ role: "user", content: script ? `${text} [[mock: ${JSON.stringify(script)}]]` : text }];
}

// Reads a stream of the SDK to its end. An error is kept, not thrown.
export async function collect(stream) {
  const read = { text: "", chunks: [], finishReason: null, usage: null, error: undefined };
  try {
    for await (const chunk of stream) {
      read.chunks.push(chunk);
      const choice = chunk.choices[0];
      read.text += choice?.delta?.content ?? "";
      read.finishReason = choice?.finish_reason ?? read.finishReason;
      read.usage = chunk.usage ?? read.usage;
    }
  } catch (error) {
    read.error = error;
  }
  return read;
}

// Asks for a stream and reads it; an error before its first event is kept like one in it.
export async function askStream(ask, params) {
  try {
    return await collect(await ask({ ...params, stream: true }));
  } catch (error) {
    return { text: "", chunks: [], finishReason: null, usage: null, error };
  }
}
