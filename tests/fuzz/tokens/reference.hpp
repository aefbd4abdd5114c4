// Token counts the slow way, to compare with: the regular expressions of the encodings taken literally by a matcher that backtracks, and
// byte pair encoding by definition. Shares the classes of characters with the real one, nothing else.
#pragma once
#include <cstdint>
#include <string_view>

#include "dataplane/core/tokens/encoding.hpp"

namespace smartroute::fuzz {

// Of a text that need not be UTF-8. Takes time with the square of its pieces.
std::uint64_t reference_count(tokens::Encoding encoding, std::string_view text);

}  // namespace smartroute::fuzz
