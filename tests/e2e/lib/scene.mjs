// A gateway in the middle of its day: several providers and models, failures, streams, tools, tiers by rules and by name.
import { chatFetch, tireless, until, userAsks } from "./world.mjs";

const price = (input, output) => ({ input, output });

export const mocks = {
  openai: { script: { default: { first_token_ms: 40, pace_ms: 4 }, models: { "gpt-4.1": { fail_ratio: 0.5, seed: 3, status: 503, first_token_ms: 60, body: '{"error":{"message":"The engine is currently overloaded, please try again later","type":"server_error","code":"overloaded"}}' } } } },
  azure: { script: { default: { first_token_ms: 70, pace_ms: 5 }, models: { "gpt-4o": { fail_ratio: 0.25, seed: 5, status: 429, retry_after: 1, first_token_ms: 60 } } } },
  local: { script: { default: { first_token_ms: 12, pace_ms: 2 } } },
};

export const config = ({ openai, azure, local }) => ({
  gateway: { keys: [{ name: "web-shop", key: "sr-key-of-the-web-shop-01" }, { name: "nightly-batch", key: "sr-key-of-the-batch-02" }, { name: "support", key: "sr-key-of-the-support-03" }] },
  providers: [
    { id: "openai", protocol: "openai", base_url: openai.baseURL, api_key: "sk-upstream-0001" },
    { id: "azure", protocol: "openai", base_url: azure.baseURL, api_key: "sk-upstream-0002" },
    { id: "local", protocol: "openai", base_url: local.baseURL, api_key: "sk-upstream-0003" },
    { id: "away", protocol: "openai", base_url: "http://127.0.0.1:1/v1", api_key: "sk-upstream-0004" },
  ],
  models: [
    { id: "local/qwen3-8b", price: price(0.05, 0.1), multimodal: false },
    { id: "openai/gpt-4o-mini", price: price(0.15, 0.6) },
    { id: "azure/gpt-4o", price: price(2.5, 10) },
    { id: "openai/gpt-4.1", price: price(2, 8) },
    { id: "openai/o3", price: price(10, 40) },
  ],
  tiers: {
    t1: { models: ["local/qwen3-8b", "openai/gpt-4o-mini"] },
    t2: { models: ["azure/gpt-4o", "openai/gpt-4o-mini"], strategy: "adaptive" },
    t3: { models: ["openai/gpt-4.1", "away/claude-opus", "openai/o3"] },
  },
  router: { mode: "cascade", default_tier: "t2", keywords: { t1: ["good morning", "thank you"], t3: ["prove", "refactor", "/\\bCVE-\\d{4}-\\d+\\b/"] } },
  logs: { bodies: true },
  ...tireless,
  health: { ...tireless.health, eject_after: 3 },
});

const prompts = [
  "Good morning! Which day is it today?",
  "Thank you, that was helpful.",
  "Translate “Grüße aus Köln” into English.",
  "请把这段会议纪要总结成三点。",
  "Write a polite reply to a customer whose parcel is late.",
  "Refactor this C++ class so that it needs no singleton, and explain each step.",
  "Prove that there are infinitely many primes congruent to 3 modulo 4.",
  "Is CVE-2024-3094 relevant for a Debian 12 server? Explain the attack in depth.",
  "What is the capital of Australia?",
  "Draft a migration plan from REST to gRPC for twelve services, with risks, order and rollback.",
  "用 Python 写一个带重试的 HTTP 客户端,并给出单元测试。",
  "Summarise the attached minutes in two sentences.",
];
const callers = ["sr-key-of-the-web-shop-01", "sr-key-of-the-batch-02", "sr-key-of-the-support-03"];
const tool = { type: "function", function: { name: "look_up_order", description: "Finds an order", parameters: { type: "object", properties: { number: { type: "string" } } } } };

// Sends `rounds` times each prompt in several shapes; resolves when all of it is in the log.
export async function traffic(gateway, rounds = 3) {
  let sent = 0;
  const ask = async (fields, i) => {
    sent += 1;
    const answer = await chatFetch(gateway.baseURL, fields, { headers: { authorization: `Bearer ${callers[i % 3]}` } });
    await answer.text();
  };
  for (let round = 0; round < rounds; ++round) {
    await Promise.all(prompts.map((prompt, i) => ask(userAsks(prompt, { ...((i + round) % 2 && { stream: true, stream_options: { include_usage: true } }), ...(i % 5 === 2 && { tools: [tool] }) }), i + round)));
    await ask(userAsks("Named on purpose", { model: "openai/o3" }), round);
    await ask(userAsks("Any model of the strongest tier", { model: "t3" }), round);
    await ask(userAsks("A provider that is not there", { model: "away/claude-opus" }), round);
    await ask({ messages: "not a list" }, round);
    await ask({ messages: [{ role: "system", content: "You are terse." }, { role: "user", content: "Hello" }, { role: "assistant", content: "Hi." }, { role: "user", content: 'Explain {"a": [1, 2, {"b": null}]}' }] }, round);
  }
  await until("all of it is logged", async () => {
    const { records = [] } = await gateway.control.call("LogService/ListRecords", { pageSize: 500 });
    return records.length >= Math.min(sent, 500);
  });
}

// A history of changes, as people leave it.
export async function history({ control }) {
  const change = async (note, edit) => {
    const { json } = await control.call("ConfigService/GetConfig");
    const document = JSON.parse(json);
    edit(document);
    await control.putConfig(document, { note });
  };
  await change("Contracts are hard work", (document) => document.router.keywords.t3.push("contract review"));
  await change("Try the second region first", (document) => document.tiers.t2.models.reverse());
}

const kinds = [
  { tier: "t1", model: "local/qwen3-8b", ms: 240, share: 0.5, price: [50, 100], key: "web-shop" },
  { tier: "t2", model: "azure/gpt-4o", ms: 900, share: 0.3, price: [2_500, 10_000], key: "support" },
  { tier: "t3", model: "openai/gpt-4.1", ms: 2_300, share: 0.2, price: [10_000, 40_000], key: "nightly-batch" },
];

// The two hours before now, as a data plane would have told them: a slow swing, and a bad quarter of an hour.
export async function past(gateway) {
  const { Reporter } = await import("../../integration/lib/telemetry.mjs");
  const reporter = new Reporter(gateway, "proxy-2");
  const minuteUs = 60_000_000;
  const now = Date.now() * 1000;
  const random = (i) => (Math.imul(i + 1, 2654435761) >>> 0) / 2 ** 32;
  let i = 0;
  try {
    for (let minute = 120; minute > 1; --minute) {
      const records = [];
      const bad = minute > 22 && minute < 34;
      for (let n = 0; n < 14 + 6 * Math.sin(minute / 9) + 5 * random(minute); ++n, ++i) {
        const draw = random(7 * i);
        const kind = kinds[draw < 0.5 ? 0 : draw < 0.8 ? 1 : 2];
        const fails = random(3 * i + 1) < (bad ? 0.12 : 0.006);
        const durationUs = Math.round(kind.ms * (bad ? 2.1 : 1) * (0.5 + 1.4 * random(5 * i) ** 2) * 1000);
        const receivedUs = Math.round(now - minute * minuteUs + random(11 * i) * minuteUs);
        const [promptTokens, completionTokens] = [Math.round(80 + 900 * random(13 * i)), Math.round(40 + 500 * random(17 * i))];
        const cost = ([input, output]) => promptTokens * input + completionTokens * output;
        const [provider, model] = [kind.model.split("/")[0], kind.model];
        records.push({
          requestId: `past-${i}`, receivedUs, routedUs: receivedUs + 90, upstreamCalledUs: receivedUs + 160, firstByteUs: receivedUs + Math.round(durationUs * 0.4), completedUs: receivedUs + durationUs,
          endpoint: "chat_completions", requestedModel: "auto", streaming: i % 2 === 0, tier: kind.tier, mode: "embedded", reason: "embedded", confidence: 0.9, keyName: kind.key, category: "chat",
          attempts: [{ provider, model, outcome: fails ? "server_error" : "answered", status: fails ? 503 : 200, startedUs: receivedUs + 160, durationUs, fault: fails ? "upstream" : "" }],
          ...(fails
            ? { status: 502, ending: "upstream_error", errorKind: "no_healthy_upstream", error: "all models of the tier failed" }
            : {
                ...{ model, provider, status: 200, ending: "completed" },
                promptTokens: { count: promptTokens, source: "SOURCE_UPSTREAM" },
                completionTokens: { count: completionTokens, source: "SOURCE_UPSTREAM" },
                cost: { nanoUsd: cost(kind.price), t3NanoUsd: cost(kinds[2].price), t3Model: kinds[2].model },
              }),
        });
      }
      await reporter.report(records);
    }
  } finally {
    reporter.close();
  }
}
