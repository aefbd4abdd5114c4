// Text of any language as printable ASCII, for headers and labels.
#pragma once
#include <cstddef>
#include <limits>
#include <string>
#include <string_view>

namespace smartroute::routing {

// Printable ASCII stays; every other character becomes \uXXXX (or \UXXXXXXXX above U+FFFF), a byte
// that is no UTF-8 becomes \xXX. Never longer than max_bytes: what does not fit is cut between
// characters.
std::string ascii_text(std::string_view text,
                       std::size_t max_bytes = std::numeric_limits<std::size_t>::max());

}  // namespace smartroute::routing
