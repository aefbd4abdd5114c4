// Which tokenizer a model has, by its name.
#pragma once
#include <string_view>

#include "dataplane/core/tokens/encoding.hpp"

namespace smartroute::tokens {

struct PromptRules;

struct TokenizerChoice {
  Encoding encoding = Encoding::O200kBase;
  // False: the model has a tokenizer of its own; `encoding` counts, times `factor`, are an estimate of its counts.
  bool exact = false;
  double factor = 1.0;             // for a text of no particular kind; 1 where exact
  std::string_view family;         // static: "gpt-4o", "claude", "deepseek", ..., "unknown"
  const PromptRules* prompt = nullptr;  // static: what its prompts take beside text; null: as an unknown model's
};

// `model` as providers or configurations name it: "gpt-4o-2024-08-06", "openai/gpt-4o", "ft:gpt-4o:org::id", "accounts/x/models/y". Case is
// ignored. Never fails: an unknown name is an estimate, and so is one that holds a known name behind words of its own ("our-gpt-4o").
TokenizerChoice tokenizer_of(std::string_view model) noexcept;

}  // namespace smartroute::tokens
