#include "dataplane/core/openai/json_text.hpp"

#include <simdjson.h>

#include <algorithm>
#include <cstdint>
#include <limits>

namespace smartroute::openai {
namespace {

std::uint32_t hex4(std::string_view digits) noexcept {
  std::uint32_t value = 0;
  for (const char c : digits.substr(0, 4)) {
    const auto digit = c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
    value = value * 16 + (static_cast<std::uint32_t>(digit) & 15);
  }
  return value;
}

void append_utf8(std::uint32_t code, std::string& out) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xc0 | (code >> 6));
    out += static_cast<char>(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xe0 | (code >> 12));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3f));
    out += static_cast<char>(0x80 | (code & 0x3f));
  } else {
    out += static_cast<char>(0xf0 | (code >> 18));
    out += static_cast<char>(0x80 | ((code >> 12) & 0x3f));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3f));
    out += static_cast<char>(0x80 | (code & 0x3f));
  }
}

// Appends the meaning of the escape at the front of `rest` (which starts with a backslash); returns
// how many bytes it took.
std::size_t append_escape(std::string_view rest, std::string& out) {
  if (rest.size() < 2) return rest.size();
  switch (rest[1]) {
    case 'b':
      out += '\b';
      return 2;
    case 'f':
      out += '\f';
      return 2;
    case 'n':
      out += '\n';
      return 2;
    case 'r':
      out += '\r';
      return 2;
    case 't':
      out += '\t';
      return 2;
    case 'u':
      break;
    default:
      out += rest[1];
      return 2;
  }
  constexpr std::size_t kUnit = 6;  // \uXXXX
  constexpr std::uint32_t kReplacement = 0xfffd;
  if (rest.size() < kUnit) return rest.size();
  std::uint32_t code = hex4(rest.substr(2));
  std::size_t taken = kUnit;
  if (code >= 0xd800 && code <= 0xdfff) {
    const bool pair = code <= 0xdbff && rest.size() >= 2 * kUnit && rest[6] == '\\' && rest[7] == 'u';
    const std::uint32_t low = pair ? hex4(rest.substr(8)) : 0;
    if (low >= 0xdc00 && low <= 0xdfff) {
      code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
      taken = 2 * kUnit;
    } else {
      code = kReplacement;
    }
  }
  append_utf8(code, out);
  return taken;
}

// Shortens `out` to `size`, and further while that would leave half a character.
void cut(std::string& out, std::size_t size) {
  while (size > 0 && (static_cast<unsigned char>(out[size]) & 0xc0) == 0x80) --size;
  out.resize(size);
}

}  // namespace

bool append_unescaped(std::string_view inside, std::size_t max_bytes, std::string& out) {
  const std::size_t start = out.size();
  while (!inside.empty() && out.size() - start <= max_bytes) {
    const std::size_t run = std::min(inside.find('\\'), inside.size());
    // One byte beyond the limit is taken, so that the cut below can see whether it splits a
    // character.
    const std::size_t room = max_bytes - (out.size() - start);
    out.append(inside.substr(
        0, room == std::numeric_limits<std::size_t>::max() ? run : std::min(run, room + 1)));
    inside.remove_prefix(run);
    if (!inside.empty() && out.size() - start <= max_bytes)
      inside.remove_prefix(append_escape(inside, out));
  }
  if (out.size() - start <= max_bytes) return true;
  cut(out, start + max_bytes);
  return false;
}

std::string_view short_name(std::string_view quoted, bool escaped, std::string& room) {
  const std::string_view name = quoted.substr(1, quoted.size() - 2);
  if (!escaped) return name;
  room.clear();
  append_unescaped(name, kLongestName, room);
  return room;
}

bool is_utf8(std::string_view text) noexcept { return simdjson::validate_utf8(text.data(), text.size()); }

}  // namespace smartroute::openai
