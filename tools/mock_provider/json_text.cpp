#include "tools/mock_provider/json_text.hpp"

#include <fmt/format.h>

#include "contract/base/json_quote.hpp"

namespace smartroute::mock_provider {

void append_json_string(std::string& out, std::string_view text) { out += json_quote(text); }

void append_ascii_json_string(std::string& out, std::string_view utf8) {
  std::string quoted;
  append_json_string(quoted, utf8);
  for (std::size_t i = 0; i < quoted.size(); ++i) {
    const auto lead = static_cast<unsigned char>(quoted[i]);
    if (lead < 0x80) {
      out += quoted[i];
      continue;
    }
    const std::size_t more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
    std::uint32_t code = lead & (0x3Fu >> more);
    for (std::size_t left = more; left > 0 && i + 1 < quoted.size(); --left)
      code = (code << 6) | (static_cast<unsigned char>(quoted[++i]) & 0x3Fu);
    if (code < 0x10000) {
      out += fmt::format("\\u{:04X}", code);
    } else {
      code -= 0x10000;
      out += fmt::format("\\u{:04X}\\u{:04X}", 0xD800 + (code >> 10), 0xDC00 + (code & 0x3FF));
    }
  }
}

std::string_view utf8_prefix(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  const auto inside = [&](std::size_t at) {
    return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80;
  };
  std::size_t end = bytes;
  while (end > 0 && inside(end)) --end;
  if (end == 0) {
    end = 1;
    while (inside(end)) ++end;
  }
  return text.substr(0, end);
}

}  // namespace smartroute::mock_provider
