// Token counts of the strings of one JSON text. Internal to tokens.
#pragma once
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "dataplane/core/openai/json_scanner.hpp"
#include "dataplane/core/openai/json_text.hpp"
#include "dataplane/core/tokens/counter.hpp"
#include "dataplane/core/tokens/prompt_reader.hpp"

namespace smartroute::tokens {

// The request's own parser has judged depth and number of values.
inline constexpr openai::ParseLimits kReadLimits{.max_depth = 1'024,
                                                 .max_nodes = std::numeric_limits<std::size_t>::max(),
                                                 .strictness = openai::Strictness::AsClients};

class JsonTexts {
 public:
  JsonTexts(const PromptReader& reader, const openai::JsonScanner& scan) : reader_(reader), scan_(scan) {}

  std::string_view name(const openai::JsonString& key) const {
    return openai::short_name(scan_.text(key.span), key.escaped, reader_.memory.name);
  }
  // As JSON spells it, without quotes.
  std::string_view spelled(const openai::JsonString& token) const {
    const std::string_view quoted = scan_.text(token.span);
    return quoted.size() < 2 ? std::string_view() : quoted.substr(1, quoted.size() - 2);
  }
  void append(const openai::JsonString& token, std::string& out) const {
    if (token.escaped)
      openai::append_unescaped(spelled(token), std::numeric_limits<std::size_t>::max(), out);
    else
      out += spelled(token);
  }
  std::uint64_t tokens(const openai::JsonString& token) const {
    if (!token.escaped) return count(reader_.encoding, spelled(token));
    reader_.memory.text.clear();
    append(token, reader_.memory.text);
    return count(reader_.encoding, reader_.memory.text);
  }
  std::uint64_t odd_tokens(openai::Span value) const {
    return count(reader_.encoding, scan_.text(value).substr(0, PromptReader::kMaxOddBytes));
  }

 private:
  const PromptReader& reader_;
  const openai::JsonScanner& scan_;
};

}  // namespace smartroute::tokens
