#include "dataplane/core/routing/ascii.hpp"

#include <cstdint>

namespace smartroute::routing {
namespace {

struct Character {
  std::uint32_t code;
  std::size_t bytes;
  bool valid;
};

// The character at the front of `text`, which is not empty. Overlong forms need no care: the result
// is only shown.
Character first_of(std::string_view text) noexcept {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t bytes = lead < 0x80                   ? 1
                            : lead >= 0xc2 && lead < 0xe0 ? 2
                            : lead >= 0xe0 && lead < 0xf0 ? 3
                            : lead >= 0xf0 && lead < 0xf5 ? 4
                                                          : 0;
  if (bytes == 0 || text.size() < bytes) return {lead, 1, false};
  std::uint32_t code = bytes == 1 ? lead : lead & (0x7fu >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xc0) != 0x80) return {lead, 1, false};
    code = code << 6 | (next & 0x3fu);
  }
  return {code, bytes, true};
}

void append_hex(std::uint32_t value, int digits, std::string& out) {
  constexpr char kHex[] = "0123456789abcdef";
  for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4) out += kHex[value >> shift & 15];
}

}  // namespace

std::string ascii_text(std::string_view text, std::size_t max_bytes) {
  std::string out, shown;
  while (!text.empty()) {
    const Character character = first_of(text);
    shown.clear();
    if (character.valid && character.code >= 0x20 && character.code < 0x7f) {
      shown = static_cast<char>(character.code);
    } else if (!character.valid) {
      shown = "\\x";
      append_hex(character.code, 2, shown);
    } else if (character.code <= 0xffff) {
      shown = "\\u";
      append_hex(character.code, 4, shown);
    } else {
      shown = "\\U";
      append_hex(character.code, 8, shown);
    }
    if (out.size() + shown.size() > max_bytes) break;
    out += shown;
    text.remove_prefix(character.bytes);
  }
  return out;
}

}  // namespace smartroute::routing
