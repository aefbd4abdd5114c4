// Providers one can begin with: where their OpenAI-compatible endpoint is and which of their models make sensible tiers. Names age; the list of the
// command line (tools/cli/known_providers.hpp) is kept in step with this one.
export interface ProviderTemplate {
  id: string;
  title: string;
  baseUrl: string;
  variable: string;
  /** Cheap, middle, strong; none where only the server itself can tell. */
  models?: readonly [string, string, string];
  local?: boolean;
}

export const TEMPLATES: readonly ProviderTemplate[] = [
  { id: "openai", title: "OpenAI", baseUrl: "https://api.openai.com/v1", variable: "OPENAI_API_KEY", models: ["gpt-5.4-nano", "gpt-5.4-mini", "gpt-5.4"] },
  { id: "anthropic", title: "Anthropic", baseUrl: "https://api.anthropic.com/v1", variable: "ANTHROPIC_API_KEY", models: ["claude-haiku-5-5", "claude-sonnet-5-5", "claude-opus-5-5"] },
  { id: "deepseek", title: "DeepSeek", baseUrl: "https://api.deepseek.com/v1", variable: "DEEPSEEK_API_KEY", models: ["deepseek-v4-flash", "deepseek-v4-flash", "deepseek-v4-pro"] },
  { id: "gemini", title: "Google Gemini", baseUrl: "https://generativelanguage.googleapis.com/v1beta/openai", variable: "GEMINI_API_KEY", models: ["gemini-flash-lite-latest", "gemini-flash-latest", "gemini-pro-latest"] },
  { id: "groq", title: "Groq", baseUrl: "https://api.groq.com/openai/v1", variable: "GROQ_API_KEY", models: ["openai/gpt-oss-20b", "openai/gpt-oss-120b", "openai/gpt-oss-120b"] },
  { id: "mistral", title: "Mistral", baseUrl: "https://api.mistral.ai/v1", variable: "MISTRAL_API_KEY", models: ["mistral-small-latest", "mistral-medium-latest", "mistral-large-latest"] },
  { id: "xai", title: "xAI", baseUrl: "https://api.x.ai/v1", variable: "XAI_API_KEY", models: ["grok-4.3", "grok-4.6", "grok-4.7"] },
  { id: "moonshot", title: "Moonshot (Kimi)", baseUrl: "https://api.moonshot.ai/v1", variable: "MOONSHOT_API_KEY", models: ["kimi-k2.5", "kimi-k2.6", "kimi-k3"] },
  { id: "dashscope", title: "DashScope (Qwen)", baseUrl: "https://dashscope.aliyuncs.com/compatible-mode/v1", variable: "DASHSCOPE_API_KEY", models: ["qwen-flash", "qwen-plus", "qwen3-max"] },
  { id: "zhipu", title: "Zhipu (GLM)", baseUrl: "https://open.bigmodel.cn/api/paas/v4", variable: "ZHIPU_API_KEY", models: ["glm-4.7-flash", "glm-4.6", "glm-4.7"] },
  { id: "openrouter", title: "OpenRouter", baseUrl: "https://openrouter.ai/api/v1", variable: "OPENROUTER_API_KEY", models: ["openai/gpt-5.4-nano", "openai/gpt-5.4-mini", "openai/gpt-5.4"] },
  { id: "together", title: "Together", baseUrl: "https://api.together.xyz/v1", variable: "TOGETHER_API_KEY", models: ["openai/gpt-oss-20b", "openai/gpt-oss-120b", "openai/gpt-oss-120b"] },
  { id: "ollama", title: "Ollama", baseUrl: "http://127.0.0.1:11434/v1", variable: "", local: true },
  { id: "vllm", title: "vLLM", baseUrl: "http://127.0.0.1:8000/v1", variable: "", local: true },
];

/** `wanted`, or with a number behind it if that is taken. */
export function freeId(taken: readonly (string | undefined)[], wanted: string): string {
  for (let i = 1; ; i += 1) {
    const id = i === 1 ? wanted : `${wanted}-${i}`;
    if (!taken.some((one) => one?.toLowerCase() === id)) return id;
  }
}
