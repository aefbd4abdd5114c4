// One character of UTF-8 text, folded for comparison: lower case, half width, plain quotes and stops.
#pragma once
#include <cstdint>

namespace smartroute::classify {

enum class CharacterKind : std::uint8_t {
  Space,
  Line,    // line end
  Letter,  // of a script that writes words: Latin, Cyrillic, Greek, Arabic, Devanagari, Hangul, ...
  Digit,
  Ideograph,  // Han and kana: a word by itself
  Mark,       // punctuation, symbols, emoji
  Nothing,    // joins to what stands before it: combining marks, zero width characters
};

struct Character {
  std::uint32_t folded = 0;
  CharacterKind kind = CharacterKind::Space;
  std::uint8_t bytes = 1;  // of the input, 1..4
  bool capital = false;    // was an upper case letter
};

// Reads the character at `at`, which is before `end`. A byte that begins no valid sequence is one Mark.
Character read_character(const char* at, const char* end) noexcept;

}  // namespace smartroute::classify
