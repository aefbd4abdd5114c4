// Byte pair encoding of one piece that lies in memory.
#pragma once
#include <cstdint>

#include "dataplane/core/tokens/vocabulary.hpp"

namespace smartroute::tokens {

// How many tokens the piece is; `text` < `end`.
std::uint64_t count_piece(const Vocabulary& vocabulary, const unsigned char* text, const unsigned char* end) noexcept;

}  // namespace smartroute::tokens
