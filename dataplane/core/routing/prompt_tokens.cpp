#include "dataplane/core/routing/prompt_tokens.hpp"

#include "dataplane/core/classify/ask_reader.hpp"

namespace smartroute::routing {

std::uint64_t prompt_tokens(const View& view, std::string_view body, const openai::ChatRequest& chat, tokens::PromptCounter& counter) {
  const std::uint64_t estimate = classify::estimate_tokens(body, chat);
  if (!view.needs_exact_count(estimate)) return estimate;
  static const tokens::TokenizerChoice neutral = tokens::tokenizer_of("gpt-4o");
  return counter.count(neutral, body, chat).tokens;
}

}  // namespace smartroute::routing
