// Characters of valid UTF-8 and their classes.
#pragma once
#include <array>
#include <cstdint>

#include "dataplane/core/tokens/character_class.hpp"
#include "dataplane/core/tokens/table_layout.hpp"

extern "C" const unsigned char smartroute_character_tables[];

namespace smartroute::tokens {

struct Character {
  CharacterClass kind;
  std::uint8_t size;  // bytes
};

constexpr std::array<CharacterClass, 128> ascii_classes() {
  std::array<CharacterClass, 128> classes{};
  for (unsigned c = 0; c < 128; ++c) {
    CharacterClass& kind = classes[c];
    if (c >= 'A' && c <= 'Z') kind = CharacterClass::Upper;
    else if (c >= 'a' && c <= 'z') kind = CharacterClass::Lower;
    else if (c >= '0' && c <= '9') kind = CharacterClass::Number;
    else if (c == '\r' || c == '\n') kind = CharacterClass::Newline;
    else if (c == ' ' || (c >= '\t' && c <= '\f')) kind = CharacterClass::Space;
    else kind = CharacterClass::Other;
  }
  return classes;
}
inline constexpr std::array<CharacterClass, 128> kAsciiClasses = ascii_classes();

// By the first byte of a character: its class as a set if it is ASCII, nothing if it is longer.
constexpr std::array<ClassSet, 256> ascii_sets() {
  std::array<ClassSet, 256> sets{};
  for (unsigned c = 0; c < 128; ++c) sets[c] = set_of(kAsciiClasses[c]);
  return sets;
}
inline constexpr std::array<ClassSet, 256> kAsciiSets = ascii_sets();

inline CharacterClass class_of(std::uint32_t code_point) noexcept {
  using namespace tables;
  const auto* blocks = reinterpret_cast<const std::uint16_t*>(smartroute_character_tables);
  const std::uint32_t block = blocks[code_point >> kBlockBits];
  const std::uint32_t at = block << kBlockBits | (code_point & ((1U << kBlockBits) - 1));
  return static_cast<CharacterClass>(smartroute_character_tables[kBlocks * sizeof(std::uint16_t) + at]);
}

// `text` begins a character.
inline Character character_at(const unsigned char* text) noexcept {
  const std::uint32_t c = *text;
  if (c < 0x80) return {kAsciiClasses[c], 1};
  if (c < 0xe0) return {class_of((c & 0x1f) << 6 | (text[1] & 0x3fU)), 2};
  if (c < 0xf0) return {class_of((c & 0x0f) << 12 | (text[1] & 0x3fU) << 6 | (text[2] & 0x3fU)), 3};
  return {class_of((c & 0x07) << 18 | (text[1] & 0x3fU) << 12 | (text[2] & 0x3fU) << 6 | (text[3] & 0x3fU)), 4};
}

}  // namespace smartroute::tokens
