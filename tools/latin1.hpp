// Any bytes as JSON text: U+0000 to U+00FF, one byte each.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace smartroute::tools {

// nullopt: `utf8` holds a character above U+00FF.
inline std::optional<std::string> latin1_bytes(std::string_view utf8) {
  std::string out;
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    const auto c = static_cast<unsigned char>(utf8[i]);
    if (c < 0x80) {
      out += utf8[i];
    } else if ((c == 0xC2 || c == 0xC3) && i + 1 < utf8.size()) {
      out += static_cast<char>(((c & 0x03) << 6) | (static_cast<unsigned char>(utf8[++i]) & 0x3F));
    } else {
      return std::nullopt;
    }
  }
  return out;
}

}  // namespace smartroute::tools
