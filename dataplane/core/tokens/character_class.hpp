// What the splitting rules ask about a character: its general category, folded to what they tell apart.
#pragma once
#include <cstdint>

namespace smartroute::tokens {

enum class CharacterClass : std::uint8_t {
  Other,    // none of the below: punctuation, symbols, controls, what is not assigned
  Upper,    // Lu, Lt
  Lower,    // Ll
  Letter,   // Lm, Lo
  Mark,     // M
  Number,   // N
  Space,    // White_Space but for the next
  Newline,  // CR and LF
};

using ClassSet = std::uint8_t;
constexpr ClassSet set_of(CharacterClass c) { return static_cast<ClassSet>(1U << static_cast<unsigned>(c)); }

constexpr bool holds(ClassSet set, CharacterClass c) { return set >> static_cast<unsigned>(c) & 1; }

inline constexpr ClassSet kLetters = set_of(CharacterClass::Upper) | set_of(CharacterClass::Lower) | set_of(CharacterClass::Letter);
inline constexpr ClassSet kMarks = set_of(CharacterClass::Mark);
inline constexpr ClassSet kNumbers = set_of(CharacterClass::Number);
inline constexpr ClassSet kNewlines = set_of(CharacterClass::Newline);
inline constexpr ClassSet kSpaces = set_of(CharacterClass::Space) | kNewlines;
// Neither space nor letter nor number.
inline constexpr ClassSet kSymbols = set_of(CharacterClass::Other) | kMarks;
// What o200k's words are made of: capitals, then small letters; what has no case is both.
inline constexpr ClassSet kCaseless = set_of(CharacterClass::Letter) | kMarks;
inline constexpr ClassSet kCapitals = set_of(CharacterClass::Upper) | kCaseless;
inline constexpr ClassSet kSmall = set_of(CharacterClass::Lower) | kCaseless;

}  // namespace smartroute::tokens
