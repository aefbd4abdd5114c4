// Tokens of the texts of a chat.completion: content, reasoning, refusal, names and arguments of tool calls, of all choices.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "dataplane/core/tokens/encoding.hpp"

namespace smartroute::accounting {

struct AnswerTokens {
  std::uint64_t tokens = 0;
  bool only_content = true;   // nothing but content, of which the count is what providers count
  bool whole = true;          // the text was a whole JSON object; else what came of it was counted
};

// Reusable memory; one thread.
class AnswerReader {
 public:
  AnswerTokens count(tokens::Encoding encoding, std::string_view answer);

 private:
  std::string stack_, name_, text_;
};

}  // namespace smartroute::accounting
