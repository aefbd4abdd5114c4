// Counts the parts of a chat request from their JSON. Internal to tokens.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "dataplane/core/tokens/encoding.hpp"
#include "dataplane/core/tokens/prompt_rules.hpp"

namespace smartroute::tokens {

struct Tally {
  std::uint64_t text = 0;  // tokens of texts
  std::int64_t fixed = 0;  // what takes a known number of tokens whatever the tokenizer
  bool exact = true;

  void add(const Tally& other) noexcept {
    text += other.text;
    fixed += other.fixed;
    exact = exact && other.exact;
  }
};

// Reused memory.
struct ReaderMemory {
  std::string stack, name, text, line, url;
};

// Each takes one JSON value that has passed a scanner; of other text the result is unspecified. What has an unexpected form counts as text, at most
// kMaxOddBytes of it. Linear in its size.
struct PromptReader {
  static constexpr std::size_t kMaxOddBytes = 64 * 1024;

  Encoding encoding;
  const PromptRules& rules;
  ReaderMemory& memory;

  Tally message(std::string_view json) const;
  Tally tools(std::string_view json) const;
  Tally response_format(std::string_view json) const;
};

}  // namespace smartroute::tokens
