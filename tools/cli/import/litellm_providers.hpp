// Where LiteLLM's names of providers lead. Internal to import/.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace smartroute::import {

struct LiteLlmProvider {
  std::string_view prefix;     // before the slash of litellm_params.model
  std::string_view base_url;   // its OpenAI-compatible address; empty: api_base must say
  std::string_view key;        // the variable that LiteLLM takes its key from; empty: none is needed
  std::string_view note;       // why this is only about the same; empty: it is the same
};

// Null: none that speaks chat completions.
const LiteLlmProvider* litellm_provider(std::string_view prefix) noexcept;
// Why a provider that is not in the table is left out; empty: nobody has heard of it.
std::string_view why_not(std::string_view prefix) noexcept;
// The provider LiteLLM takes for a model name without prefix; empty: it would not know either.
std::string_view provider_of_bare(std::string_view model) noexcept;

}  // namespace smartroute::import
