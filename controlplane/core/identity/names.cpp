#include "controlplane/core/identity/names.hpp"

#include <cstdint>

namespace smartroute::control::identity {
namespace {

constexpr char32_t kBroken = 0xFFFFFFFF;

// Takes one character off the front (RFC 3629); kBroken if it is none.
char32_t take(std::string_view& text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t size = lead < 0x80 ? 1 : lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0;
  if (size == 0 || text.size() < size) return kBroken;
  char32_t point = size == 1 ? lead : lead & (0x7Fu >> size);
  for (std::size_t i = 1; i < size; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xC0) != 0x80) return kBroken;
    point = point << 6 | (next & 0x3F);
  }
  const bool overlong = (size == 3 && point < 0x800) || (size == 4 && point < 0x10000);
  if (overlong || point > 0x10FFFF || (point >= 0xD800 && point < 0xE000)) return kBroken;
  text.remove_prefix(size);
  return point;
}

void put(std::string& out, char32_t point) {
  if (point < 0x80) {
    out += static_cast<char>(point);
    return;
  }
  if (point < 0x800) {
    out += static_cast<char>(0xC0 | point >> 6);
  } else {
    if (point < 0x10000) {
      out += static_cast<char>(0xE0 | point >> 12);
    } else {
      out += static_cast<char>(0xF0 | point >> 18);
      out += static_cast<char>(0x80 | (point >> 12 & 0x3F));
    }
    out += static_cast<char>(0x80 | (point >> 6 & 0x3F));
  }
  out += static_cast<char>(0x80 | (point & 0x3F));
}

// Controls, soft hyphen, zero-width and directional marks, line separators, byte order marks, tags.
bool is_invisible(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0xAD || c == 0x61C || c == 0x180E || (c >= 0x200B && c <= 0x200F) ||
         (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF || (c >= 0xFFF9 && c <= 0xFFFB) ||
         (c >= 0xE0000 && c <= 0xE0FFF);
}

bool is_space(char32_t c) {
  return c == 0x20 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x202F || c == 0x205F || c == 0x3000;
}

char32_t lower(char32_t c) {
  const bool latin = (c >= 'A' && c <= 'Z') || (c >= 0xC0 && c <= 0xDE && c != 0xD7);
  const bool greek_or_cyrillic = (c >= 0x391 && c <= 0x3A9) || (c >= 0x410 && c <= 0x42F);
  if (latin || greek_or_cyrillic) return c + 0x20;
  if (c >= 0x400 && c <= 0x40F) return c + 0x50;
  // Latin Extended-A: pairs of capital and small letter, at even or at odd places.
  const bool even = (c >= 0x100 && c <= 0x137) || (c >= 0x14A && c <= 0x177);
  const bool odd = (c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17E);
  if ((even && c % 2 == 0 && c != 0x130) || (odd && c % 2 == 1)) return c + 1;
  return c;
}

}  // namespace

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    if (take(text) == kBroken) return false;
  }
  return true;
}

std::string complaint_about_name(std::string_view name) {
  std::size_t count = 0;
  char32_t first = 0, last = 0;
  while (!name.empty()) {
    const char32_t c = take(name);
    if (c == kBroken) return "the name is not UTF-8";
    if (is_invisible(c)) return "the name has a control or invisible character";
    if (count++ == 0) first = c;
    last = c;
    if (count > kMaxNameCharacters) break;
  }
  if (count == 0) return "a name is needed";
  if (count > kMaxNameCharacters) return "the name has more than " + std::to_string(kMaxNameCharacters) + " characters";
  if (is_space(first) || is_space(last)) return "the name begins or ends with a space";
  return {};
}

std::string folded(std::string_view name) {
  std::string out;
  while (!name.empty()) {
    const char32_t c = take(name);
    if (c == kBroken) return out.append(name);
    put(out, lower(c));
  }
  return out;
}

}  // namespace smartroute::control::identity
