// Byte pair encoding of one piece that lies in memory.
#pragma once
#include <cstdint>

#include "dataplane/core/tokens/vocabulary.hpp"

namespace smartroute::tokens {

// By searching, for pieces that taking the longest token again and again does not encode.
std::uint64_t search_piece(const Vocabulary& vocabulary, const unsigned char* text, const unsigned char* end) noexcept;

// How many tokens the piece is; `text` < `end`. The longest token at each place is nearly always the right one, and when each goes with
// the one before, it is.
inline std::uint64_t count_piece(const Vocabulary& vocabulary, const unsigned char* text, const unsigned char* end) noexcept {
  Vocabulary::Match match = vocabulary.longest(text, end);
  const unsigned char* at = text + match.length;
  std::uint64_t tokens = 1;
  while (at != end) {
    const Token before = match.token;
    match = vocabulary.longest(at, end);
    if (!vocabulary.compatible(before, match.token)) return search_piece(vocabulary, text, end);
    at += match.length;
    ++tokens;
  }
  return tokens;
}

}  // namespace smartroute::tokens
