// Where a UTF-8 text may be cut.
#pragma once
#include <cstddef>
#include <string_view>

namespace smartroute {

// Whether a byte is the second, third or fourth of its character: a text is never cut before one.
constexpr bool continues_character(char byte) noexcept { return (static_cast<unsigned char>(byte) & 0xc0) == 0x80; }

// The first `max` bytes of `text`, or fewer: a character is not cut in two.
constexpr std::string_view cut_between_characters(std::string_view text, std::size_t max) noexcept {
  if (text.size() <= max) return text;
  while (max > 0 && continues_character(text[max])) --max;
  return text.substr(0, max);
}

}  // namespace smartroute
