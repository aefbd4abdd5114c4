// How long a prompt is, as far as routing asks.
#pragma once
#include <cstdint>
#include <string_view>

#include "dataplane/core/openai/chat_request.hpp"
#include "dataplane/core/routing/view.hpp"
#include "dataplane/core/tokens/prompt_counter.hpp"

namespace smartroute::routing {

// An estimate by length; counted exactly (o200k_base, for nobody knows yet whose tokenizer it will be) only where the estimate is too near a border that
// decides something. `counter` is the caller's memory of counted messages.
std::uint64_t prompt_tokens(const View& view, std::string_view body, const openai::ChatRequest& chat, tokens::PromptCounter& counter);

}  // namespace smartroute::routing
