// Providers that `smartroute up` can set up from the environment alone: where their
// OpenAI-compatible endpoint is and which of their models make sensible tiers.
//
// Model names checked on 2026-11-22 against the model lists of the providers' published client
// libraries. They age: when a provider retires one, this table is the only place to change.
#pragma once
#include <array>
#include <string_view>

namespace smartroute::cli {

struct KnownProvider {
  std::string_view id;
  std::string_view key_variable;       // OPENAI_API_KEY
  std::string_view base_url_variable;  // OPENAI_BASE_URL, overrides base_url
  std::string_view base_url;           // "/chat/completions" is appended to it
  // What a base URL from the environment must end with. Some clients keep the version in the URL,
  // others add it.
  std::string_view version_path;
  std::array<std::string_view, 3> models;  // cheap, middle, strong
};

constexpr std::array<KnownProvider, 12> kKnownProviders{{
    {"openai",
     "OPENAI_API_KEY",
     "OPENAI_BASE_URL",
     "https://api.openai.com/v1",
     "",
     {"gpt-5.4-nano", "gpt-5.4-mini", "gpt-5.4"}},
    {"anthropic",
     "ANTHROPIC_API_KEY",
     "ANTHROPIC_BASE_URL",
     "https://api.anthropic.com/v1",
     "/v1",
     {"claude-haiku-5-5", "claude-sonnet-5-5", "claude-opus-5-5"}},
    {"deepseek",
     "DEEPSEEK_API_KEY",
     "DEEPSEEK_BASE_URL",
     "https://api.deepseek.com/v1",
     "",
     {"deepseek-v4-flash", "deepseek-v4-flash", "deepseek-v4-pro"}},
    {"gemini",
     "GEMINI_API_KEY",
     "GEMINI_BASE_URL",
     "https://generativelanguage.googleapis.com/v1beta/openai",
     "",
     {"gemini-flash-lite-latest", "gemini-flash-latest", "gemini-pro-latest"}},
    {"groq",
     "GROQ_API_KEY",
     "GROQ_BASE_URL",
     "https://api.groq.com/openai/v1",
     "",
     {"openai/gpt-oss-20b", "openai/gpt-oss-120b", "openai/gpt-oss-120b"}},
    {"mistral",
     "MISTRAL_API_KEY",
     "MISTRAL_BASE_URL",
     "https://api.mistral.ai/v1",
     "",
     {"mistral-small-latest", "mistral-medium-latest", "mistral-large-latest"}},
    {"xai",
     "XAI_API_KEY",
     "XAI_BASE_URL",
     "https://api.x.ai/v1",
     "",
     {"grok-4.3", "grok-4.6", "grok-4.7"}},
    {"moonshot",
     "MOONSHOT_API_KEY",
     "MOONSHOT_BASE_URL",
     "https://api.moonshot.ai/v1",
     "",
     {"kimi-k2.5", "kimi-k2.6", "kimi-k3"}},
    {"dashscope",
     "DASHSCOPE_API_KEY",
     "DASHSCOPE_BASE_URL",
     "https://dashscope.aliyuncs.com/compatible-mode/v1",
     "",
     {"qwen-flash", "qwen-plus", "qwen3-max"}},
    {"zhipu",
     "ZHIPU_API_KEY",
     "ZHIPU_BASE_URL",
     "https://open.bigmodel.cn/api/paas/v4",
     "",
     {"glm-4.7-flash", "glm-4.6", "glm-4.7"}},
    {"openrouter",
     "OPENROUTER_API_KEY",
     "OPENROUTER_BASE_URL",
     "https://openrouter.ai/api/v1",
     "",
     {"openai/gpt-5.4-nano", "openai/gpt-5.4-mini", "openai/gpt-5.4"}},
    {"together",
     "TOGETHER_API_KEY",
     "TOGETHER_BASE_URL",
     "https://api.together.xyz/v1",
     "",
     {"openai/gpt-oss-20b", "openai/gpt-oss-120b", "openai/gpt-oss-120b"}},
}};

}  // namespace smartroute::cli
