#include "tools/cli/import/litellm_providers.hpp"

#include <array>

#include "tools/cli/import/spelling.hpp"

namespace smartroute::import {
namespace {

constexpr std::string_view kSameModels = "asked through the provider's OpenAI-compatible address";

constexpr LiteLlmProvider kProviders[] = {
    {"openai", "https://api.openai.com/v1", "OPENAI_API_KEY", ""},
    {"anthropic", "https://api.anthropic.com/v1", "ANTHROPIC_API_KEY", kSameModels},
    {"gemini", "https://generativelanguage.googleapis.com/v1beta/openai", "GEMINI_API_KEY", kSameModels},
    {"deepseek", "https://api.deepseek.com/v1", "DEEPSEEK_API_KEY", ""},
    {"groq", "https://api.groq.com/openai/v1", "GROQ_API_KEY", ""},
    {"mistral", "https://api.mistral.ai/v1", "MISTRAL_API_KEY", ""},
    {"codestral", "https://codestral.mistral.ai/v1", "CODESTRAL_API_KEY", ""},
    {"xai", "https://api.x.ai/v1", "XAI_API_KEY", ""},
    {"moonshot", "https://api.moonshot.ai/v1", "MOONSHOT_API_KEY", ""},
    {"dashscope", "https://dashscope.aliyuncs.com/compatible-mode/v1", "DASHSCOPE_API_KEY", ""},
    {"zai", "https://api.z.ai/api/paas/v4", "ZAI_API_KEY", ""},
    {"openrouter", "https://openrouter.ai/api/v1", "OPENROUTER_API_KEY", ""},
    {"together_ai", "https://api.together.xyz/v1", "TOGETHER_API_KEY", ""},
    {"fireworks_ai", "https://api.fireworks.ai/inference/v1", "FIREWORKS_API_KEY", ""},
    {"perplexity", "https://api.perplexity.ai", "PERPLEXITYAI_API_KEY", ""},
    {"cerebras", "https://api.cerebras.ai/v1", "CEREBRAS_API_KEY", ""},
    {"sambanova", "https://api.sambanova.ai/v1", "SAMBANOVA_API_KEY", ""},
    {"nvidia_nim", "https://integrate.api.nvidia.com/v1", "NVIDIA_NIM_API_KEY", ""},
    {"deepinfra", "https://api.deepinfra.com/v1/openai", "DEEPINFRA_API_KEY", ""},
    {"volcengine", "https://ark.cn-beijing.volces.com/api/v3", "VOLCENGINE_API_KEY", ""},
    {"github", "https://models.github.ai/inference", "GITHUB_API_KEY", ""},
    {"ollama", "http://localhost:11434/v1", "", kSameModels},
    {"ollama_chat", "http://localhost:11434/v1", "", kSameModels},
    {"hosted_vllm", "", "HOSTED_VLLM_API_KEY", ""},
    {"vllm", "", "", ""},
    {"lm_studio", "", "LM_STUDIO_API_KEY", ""},
    {"llamafile", "", "", ""},
    {"xinference", "", "", ""},
    {"openai_like", "", "OPENAI_LIKE_API_KEY", ""},
    {"custom_openai", "", "", ""},
    {"text-completion-openai", "https://api.openai.com/v1", "OPENAI_API_KEY", "asked as a chat"},
    {"litellm_proxy", "", "LITELLM_PROXY_API_KEY", ""},
};

struct Refused {
  std::string_view prefix, why;
};
constexpr Refused kRefused[] = {
    {"azure", "Azure's deployments have addresses of their own: give the model api_base https://RESOURCE.openai.azure.com/openai/v1 and the prefix openai/, which SmartRoute can call"},
    {"azure_text", "Azure's deployments have addresses of their own; the prefix openai/ with api_base https://RESOURCE.openai.azure.com/openai/v1 can be called"},
    {"azure_ai", "give the model the prefix openai/ and the OpenAI-compatible api_base of its endpoint"},
    {"bedrock", "AWS Bedrock signs its requests (SigV4), which SmartRoute does not; its OpenAI-compatible endpoint takes a key"},
    {"bedrock_converse", "AWS Bedrock signs its requests (SigV4), which SmartRoute does not"},
    {"sagemaker", "AWS SageMaker signs its requests (SigV4), which SmartRoute does not"},
    {"sagemaker_chat", "AWS SageMaker signs its requests (SigV4), which SmartRoute does not"},
    {"vertex_ai", "Google Vertex AI wants short-lived tokens of a service account, which SmartRoute does not fetch; gemini/ takes a key"},
    {"vertex_ai_beta", "Google Vertex AI wants short-lived tokens of a service account, which SmartRoute does not fetch"},
    {"cohere", "Cohere's own protocol is not spoken here; its OpenAI-compatible address is https://api.cohere.ai/compatibility/v1"},
    {"cohere_chat", "Cohere's own protocol is not spoken here; its OpenAI-compatible address is https://api.cohere.ai/compatibility/v1"},
    {"replicate", "Replicate's predictions are no chat completions"},
    {"huggingface", "give the model the prefix openai/ and api_base https://router.huggingface.co/v1"},
    {"watsonx", "IBM watsonx has a protocol of its own"},
    {"watsonx_text", "IBM watsonx has a protocol of its own"},
    {"databricks", "give the model the prefix openai/ and the serving endpoint of the workspace as api_base"},
    {"snowflake", "Snowflake Cortex has a protocol of its own"},
    {"predibase", "Predibase has a protocol of its own"},
    {"petals", "Petals has a protocol of its own"},
    {"oci", "Oracle's cloud signs its requests, which SmartRoute does not"},
    {"aleph_alpha", "Aleph Alpha has a protocol of its own"},
    {"nlp_cloud", "NLP Cloud has a protocol of its own"},
    {"triton", "Triton has a protocol of its own"},
    {"github_copilot", "GitHub Copilot wants a signed-in device"},
    {"auto_router", "a router of LiteLLM, no model"},
};

}  // namespace

const LiteLlmProvider* litellm_provider(std::string_view prefix) noexcept {
  for (const auto& provider : kProviders)
    if (provider.prefix == prefix) return &provider;
  return nullptr;
}

std::string_view why_not(std::string_view prefix) noexcept {
  for (const auto& refused : kRefused)
    if (refused.prefix == prefix) return refused.why;
  return {};
}

std::string_view provider_of_bare(std::string_view model) noexcept {
  for (const std::string_view begin : {"gpt-", "o1", "o3", "o4", "chatgpt-", "text-embedding-", "dall-e", "whisper", "tts-", "omni-moderation"})
    if (model.starts_with(begin)) return "openai";
  if (model.starts_with("claude-")) return "anthropic";
  if (model.starts_with("gemini-")) return "vertex_ai";
  if (model.starts_with("command-")) return "cohere";
  if (model.starts_with("deepseek-")) return "deepseek";
  if (model.starts_with("mistral-")) return "mistral";
  return {};
}

}  // namespace smartroute::import
