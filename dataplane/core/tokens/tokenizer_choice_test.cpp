#include "dataplane/core/tokens/tokenizer_choice.hpp"

#include <gtest/gtest.h>

#include <string>

namespace smartroute::tokens {
namespace {

TEST(TokenizerOf, KnowsModelsByTheirNames) {
  struct Row {
    const char* model;
    Encoding encoding;
    bool exact;
    const char* family;
  };
  constexpr auto o200k = Encoding::O200kBase, cl100k = Encoding::Cl100kBase, p50k = Encoding::P50kBase, r50k = Encoding::R50kBase;
  const Row rows[] = {
      {"gpt-4o", o200k, true, "gpt-4o"},
      {"gpt-4o-2024-08-06", o200k, true, "gpt-4o"},
      {"GPT-4o", o200k, true, "gpt-4o"},
      {"gpt-4o-mini-2024-07-18", o200k, true, "gpt-4o-mini"},
      {"gpt-4o-audio-preview", o200k, true, "gpt-4o"},
      {"chatgpt-4o-latest", o200k, true, "gpt-4o"},
      {"gpt-4.1", o200k, true, "gpt-4.1"},
      {"gpt-4.1-mini-2025-04-14", o200k, true, "gpt-4.1-mini"},
      {"gpt-4.1-nano", o200k, true, "gpt-4.1-nano"},
      {"gpt-4.5-preview", o200k, true, "gpt-4.5"},
      {"gpt-5", o200k, true, "gpt-5"},
      {"gpt-5.1-codex", o200k, true, "gpt-5"},
      {"gpt-5-mini", o200k, true, "gpt-5-mini"},
      {"gpt-5-nano-2025-08-07", o200k, true, "gpt-5-nano"},
      {"o1", o200k, true, "o1"},
      {"o1-preview", o200k, true, "o1"},
      {"o3-mini", o200k, true, "o3"},
      {"o4-mini-2025-04-16", o200k, true, "o4-mini"},
      {"gpt-oss-120b", Encoding::O200kHarmony, true, "gpt-oss"},
      {"openai/gpt-oss-20b:free", Encoding::O200kHarmony, true, "gpt-oss"},
      {"openai.gpt-oss-120b-1:0", Encoding::O200kHarmony, true, "gpt-oss"},
      {"gpt-4", cl100k, true, "gpt-4"},
      {"gpt-4-turbo-2024-04-09", cl100k, true, "gpt-4"},
      {"gpt-4-32k-0613", cl100k, true, "gpt-4"},
      {"gpt-3.5-turbo-0125", cl100k, true, "gpt-3.5"},
      {"azure/gpt-35-turbo-16k", cl100k, true, "gpt-3.5"},
      {"text-embedding-3-large", cl100k, true, "embedding"},
      {"text-embedding-ada-002", cl100k, true, "embedding"},
      {"davinci-002", cl100k, true, "gpt-3.5"},
      {"text-davinci-003", p50k, true, "codex"},
      {"text-davinci-002", p50k, true, "codex"},
      {"code-davinci-002", p50k, true, "codex"},
      {"code-cushman-001", p50k, true, "codex"},
      {"davinci", r50k, true, "gpt-3"},
      {"curie", r50k, true, "gpt-3"},
      {"text-davinci-001", r50k, true, "gpt-3"},
      {"gpt2", r50k, true, "gpt-2"},
      {"ft:gpt-4o-mini:org::id", o200k, true, "gpt-4o-mini"},
      {"ft:gpt-3.5-turbo-0125:org/x:name:id", cl100k, true, "gpt-3.5"},
      {"openai/ft:gpt-4o-2024-08-06:org::id", o200k, true, "gpt-4o"},
      {"davinci:ft-org-2023-02-01", r50k, true, "gpt-3"},
      {"openai/gpt-4o:extended", o200k, true, "gpt-4o"},
      {"openrouter/openai/gpt-4o", o200k, true, "gpt-4o"},
      {"gpt-4.7", o200k, false, "gpt"},
      {"gpt-6-turbo", o200k, false, "gpt"},
      {"gpt-5o", o200k, false, "gpt"},
      {"our-gpt-4o", o200k, false, "gpt-4o"},
      {"o1000", o200k, false, "unknown"},
      {"claude-3-5-sonnet-20241022", cl100k, false, "claude"},
      {"anthropic/claude-opus-4.5", cl100k, false, "claude"},
      {"us.anthropic.claude-sonnet-4-20250514-v1:0", cl100k, false, "claude"},
      {"claude-3-opus@20240229", cl100k, false, "claude"},
      {"models/gemini-2.5-pro", o200k, false, "gemini"},
      {"google/gemma-3-27b-it", o200k, false, "gemma"},
      {"deepseek-chat", o200k, false, "deepseek"},
      {"deepseek/deepseek-r1:free", o200k, false, "deepseek"},
      {"deepseek-ai/DeepSeek-R1-Distill-Llama-70B", o200k, false, "llama-3"},
      {"Qwen/Qwen3-235B-A22B", o200k, false, "qwen"},
      {"qwen-max", o200k, false, "qwen"},
      {"qwq-32b", o200k, false, "qwen"},
      {"moonshotai/Kimi-K2-Instruct", o200k, false, "kimi"},
      {"moonshot-v1-128k", o200k, false, "kimi"},
      {"glm-4.6", o200k, false, "glm"},
      {"chatglm_turbo", o200k, false, "glm"},
      {"accounts/fireworks/models/llama-v3p1-70b-instruct", o200k, false, "llama-3"},
      {"@cf/meta/llama-3.1-8b-instruct", o200k, false, "llama-3"},
      {"meta-llama/Llama-2-7b-chat-hf", cl100k, false, "llama-2"},
      {"llama3.1:8b", o200k, false, "llama-3"},
      {"mistral-large-latest", o200k, false, "mistral"},
      {"mixtral-8x7b", cl100k, false, "mixtral"},
      {"codestral-2501", o200k, false, "mistral"},
      {"ministral-8b", o200k, false, "mistral"},
      {"grok-4", o200k, false, "grok"},
      {"command-r-plus", o200k, false, "command"},
      {"amazon.nova-pro-v1:0", cl100k, false, "nova"},
      {"MiniMax-M2", o200k, false, "minimax"},
      {"doubao-1.5-pro-32k", o200k, false, "doubao"},
      {"ernie-4.5", o200k, false, "ernie"},
      {"yi-lightning", o200k, false, "yi"},
      {"phi-4", cl100k, false, "phi"},
      {"yippee", o200k, false, "unknown"},
      {"some-model", o200k, false, "unknown"},
      {"", o200k, false, "unknown"},
      {"///", o200k, false, "unknown"},
      {"ft:", o200k, false, "unknown"},
      {":::", o200k, false, "unknown"},
  };
  for (const Row& row : rows) {
    const TokenizerChoice choice = tokenizer_of(row.model);
    EXPECT_EQ(choice.encoding, row.encoding) << row.model;
    EXPECT_EQ(choice.exact, row.exact) << row.model;
    EXPECT_EQ(choice.family, row.family) << row.model;
    EXPECT_NE(choice.prompt, nullptr) << row.model;
    EXPECT_TRUE(!choice.exact || choice.factor == 1) << row.model;
    EXPECT_GE(choice.factor, 0.9) << row.model;
    EXPECT_LE(choice.factor, 1.2) << row.model;
  }
}

TEST(TokenizerOf, TakesNamesOfAnyLengthAndBytes) {
  EXPECT_EQ(tokenizer_of("gpt-4o" + std::string(100'000, '-')).family, "gpt-4o");
  EXPECT_EQ(tokenizer_of(std::string(100'000, 'x')).family, "unknown");
  EXPECT_EQ(tokenizer_of(std::string(300, '/') + "gpt-4o").family, "gpt-4o");
  EXPECT_EQ(tokenizer_of("\xff\xfe-\x00").family, "unknown");
}

}  // namespace
}  // namespace smartroute::tokens
