// The tokens of texts that are valid UTF-8 and lie in memory.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "dataplane/core/tokens/encoding.hpp"

namespace smartroute::tokens {

// Of all of it.
std::uint64_t count_characters(Encoding encoding, std::string_view text) noexcept;

// Of as much from its beginning as stays as it is whatever follows the text.
struct Settled {
  std::size_t bytes = 0;
  std::uint64_t tokens = 0;
};
Settled count_settled(Encoding encoding, std::string_view text) noexcept;

}  // namespace smartroute::tokens
