// Reads the objects in which providers report tokens. Internal to openai.
//
// One table of names for all providers. They differ in what a count includes, and that is settled here, so that Usage has one meaning:
//   OpenAI (chat, Responses), Mistral, Groq, vLLM, Qwen: the prompt includes what was cached, the completion includes reasoning.
//   DeepSeek: prompt_cache_hit_tokens + prompt_cache_miss_tokens = prompt_tokens.
//   Kimi: cached_tokens beside prompt_tokens, which includes them.
//   Anthropic, Bedrock: input_tokens excludes cache_read_input_tokens and cache_creation_input_tokens: the prompt is the sum.
//   Gemini's own form: thoughtsTokenCount is not in candidatesTokenCount, toolUsePromptTokenCount not in promptTokenCount.
//   Gemini's OpenAI layer, xAI: completion_tokens leaves reasoning out, total_tokens does not: what the total has beyond the two is reasoning.
// A count is a plain integer, perhaps with a fraction of zeros, below kMaxTokens; anything else (negative, fraction, text) is not there.
#pragma once
#include <cstdint>
#include <string>

#include "dataplane/core/openai/json_scanner.hpp"
#include "dataplane/core/openai/usage.hpp"

namespace smartroute::openai {

// An answer of more tokens than this is an error of counting; sums and products with prices stay far from 64 bits.
inline constexpr std::uint64_t kMaxTokens = 1'000'000'000'000;

// Each consumes exactly one value at which `scan` stands. `room` is reused memory for names written with escapes.

// A count, or nothing.
std::optional<std::uint64_t> read_tokens(JsonScanner& scan);
// {"prompt_tokens":1,...} of whatever provider.
Usage read_usage(JsonScanner& scan, std::string& room);
// llama.cpp's "timings": prompt_n counts what was not in its cache, cache_n what was.
Usage read_timings(JsonScanner& scan, std::string& room);

}  // namespace smartroute::openai
