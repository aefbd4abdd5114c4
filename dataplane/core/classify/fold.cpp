#include "dataplane/core/classify/fold.hpp"

#include <cstddef>

namespace smartroute::classify {
namespace {

constexpr std::size_t kWideBytes = 3;  // every character folded here has three bytes in UTF-8

// The half-width character of the three bytes at text[at], or 0.
char half_width(std::string_view text, std::size_t at) noexcept {
  if (text.size() - at < kWideBytes) return 0;
  const auto a = static_cast<unsigned char>(text[at]), b = static_cast<unsigned char>(text[at + 1]),
             c = static_cast<unsigned char>(text[at + 2]);
  if (a == 0xe3 && b == 0x80 && c == 0x80) return ' ';
  if (a != 0xef) return 0;
  if (b == 0xbc && c >= 0x81 && c <= 0xbf)
    return static_cast<char>(c - 0x81 + 0x21);  // U+FF01..U+FF3F
  if (b == 0xbd && c >= 0x80 && c <= 0x9e)
    return static_cast<char>(c - 0x80 + 0x60);  // U+FF40..U+FF5E
  return 0;
}

bool is_letter_or_digit(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

}  // namespace

std::string_view fold_width(std::string_view text, std::string& scratch) {
  if (text.find('\xef') == std::string_view::npos &&
      text.find("\xe3\x80\x80") == std::string_view::npos)
    return text;
  scratch.resize(text.size());  // folding only shortens
  char* out = scratch.data();
  for (std::size_t i = 0; i < text.size();) {
    if (static_cast<unsigned char>(text[i]) >= 0xe3) {
      if (const char half = half_width(text, i); half != 0) {
        *out++ = half;
        i += kWideBytes;
        continue;
      }
    }
    *out++ = text[i++];
  }
  return {scratch.data(), static_cast<std::size_t>(out - scratch.data())};
}

std::string fold_pattern(std::string_view pattern) {
  std::string out;
  out.reserve(pattern.size());
  for (std::size_t i = 0; i < pattern.size();) {
    const char half = half_width(pattern, i);
    if (half == 0) {
      out += pattern[i++];
      continue;
    }
    if (!is_letter_or_digit(half) && half != ' ') out += '\\';
    out += half;
    i += kWideBytes;
  }
  return out;
}

}  // namespace smartroute::classify
