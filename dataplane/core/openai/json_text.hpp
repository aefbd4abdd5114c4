// Text of JSON strings that the scanner has already accepted.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "dataplane/core/openai/chat_request.hpp"

namespace smartroute::openai {

// Appends the meaning of a string token's inside (no quotes), at most max_bytes, never half a UTF-8
// character; false if something had to be left out. A lone surrogate becomes U+FFFD. The token was
// accepted by JsonScanner; of other text the result is unspecified, but memory-safe.
bool append_unescaped(std::string_view inside, std::size_t max_bytes, std::string& out);

// The inside of a string token whose span includes the quotes.
inline std::string_view inside(std::string_view body, Span quoted) noexcept {
  return body.substr(quoted.begin + 1, quoted.end - quoted.begin - 2);
}

// The meaning of a key (a token with quotes), as far as it can be a name we know: at most kLongestName bytes of one that is written with
// escapes, which then lies in `room`.
inline constexpr std::size_t kLongestName = 48;
std::string_view short_name(std::string_view quoted, bool escaped, std::string& room);

bool is_utf8(std::string_view text) noexcept;

}  // namespace smartroute::openai
