// Tokens of a chat completion's prompt: messages, roles, names, tools, images, by the formulas the providers document.
#pragma once
#include <cstdint>
#include <memory>
#include <string_view>

#include "dataplane/core/openai/chat_request.hpp"
#include "dataplane/core/tokens/tokenizer_choice.hpp"

namespace smartroute::tokens {

struct PromptCount {
  // As choice.encoding counts: of an estimate the caller multiplies by the factor. What takes a known number of tokens whatever the text (marks
  // between messages, images) is divided by choice.factor, so that it comes out right.
  std::uint64_t tokens = 0;
  // False: an estimate, because the tokenizer is another one, or an image, a file, or tools were counted by a formula that is not exact.
  bool exact = false;
};

// Remembers the counts of messages by a 128-bit keyed hash of their bytes and the encoding, so that the long beginning which requests of one
// conversation, or one system prompt, share is hashed instead of counted. Bounded (`entries`), oldest-touched goes first in its set.
// Thread rule: one thread; the accounting thread has one.
class PromptCounter {
 public:
  struct Totals { std::uint64_t hits = 0, misses = 0; };
  explicit PromptCounter(std::uint64_t hash_seed, std::size_t entries = 16'384);
  ~PromptCounter();
  PromptCounter(const PromptCounter&) = delete;
  PromptCounter& operator=(const PromptCounter&) = delete;

  // `body` and `chat` as ChatParser left them. Never fails; what it cannot read counts as text.
  PromptCount count(const TokenizerChoice& choice, std::string_view body, const openai::ChatRequest& chat);
  Totals totals() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace smartroute::tokens
