#include "dataplane/core/accounting/json_escapes.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "dataplane/core/accounting/key_shapes.hpp"

namespace smartroute::accounting {
namespace {

constexpr std::size_t kUnicodeEscape = 6;   // \uXXXX

std::optional<std::uint32_t> code_at(std::string_view text, std::size_t at) noexcept {
  if (text.size() - at < kUnicodeEscape || text[at] != '\\' || text[at + 1] != 'u') return std::nullopt;
  std::uint32_t code = 0;
  for (std::size_t i = at + 2; i < at + kUnicodeEscape; ++i) {
    const char c = text[i];
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0) return std::nullopt;
    code = code << 4 | static_cast<std::uint32_t>(digit);
  }
  return code;
}

void append_utf8(std::uint32_t code, std::string& out) {
  const auto put = [&out](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) return put(code);
  if (code < 0x800) {
    put(0xc0 | code >> 6);
  } else if (code < 0x1'0000) {
    put(0xe0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3f));
  } else {
    put(0xf0 | code >> 18);
    put(0x80 | (code >> 12 & 0x3f));
    put(0x80 | (code >> 6 & 0x3f));
  }
  put(0x80 | (code & 0x3f));
}

char simple_escape(char letter) noexcept {
  switch (letter) {
    case 'n':
      return '\n';
    case 't':
      return '\t';
    case 'r':
      return '\r';
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case '"':
    case '\\':
    case '/':
      return letter;
    default:
      return 0;
  }
}

struct Escape {
  std::uint32_t code;
  std::size_t length;
};

std::optional<Escape> escape_at(std::string_view text, std::size_t at) noexcept {
  constexpr std::uint32_t kReplacement = 0xfffd;
  if (at + 1 >= text.size()) return std::nullopt;
  if (text[at + 1] != 'u') {
    const char meaning = simple_escape(text[at + 1]);
    if (meaning == 0) return std::nullopt;
    return Escape{static_cast<unsigned char>(meaning), 2};
  }
  const auto code = code_at(text, at);
  if (!code) return std::nullopt;
  if (*code < 0xd800 || *code > 0xdfff) return Escape{*code, kUnicodeEscape};
  if (*code < 0xdc00 && text.size() - at >= 2 * kUnicodeEscape)
    if (const auto low = code_at(text, at + kUnicodeEscape); low && *low >= 0xdc00 && *low <= 0xdfff)
      return Escape{0x1'0000 + ((*code - 0xd800) << 10 | (*low - 0xdc00)), 2 * kUnicodeEscape};
  return Escape{kReplacement, kUnicodeEscape};
}

bool is_of_keys(std::uint32_t code) noexcept {
  return code < 0x80 && (kClassOf[code] != 0 || code == ' ' || code == '%');
}

}  // namespace

std::size_t PlaceMap::origin(std::size_t to) const noexcept {
  const auto behind = std::upper_bound(jumps_.begin(), jumps_.end(), to,
                                       [](std::size_t place, const Jump& jump) { return place < jump.to; });
  if (behind == jumps_.begin()) return to;
  const Jump& jump = behind[-1];
  return jump.from + (to - jump.to);
}

bool may_hide_characters(std::string_view json) noexcept {
  constexpr std::size_t kBlock = 256;   // without a branch inside, for the vectors of the machine
  const char* const p = json.data();
  const std::size_t last = json.size() > 3 ? json.size() - 3 : 0;
  for (std::size_t at = 0; at < last; at += kBlock) {
    const std::size_t end = std::min(at + kBlock, last);
    unsigned char any = 0;
    for (std::size_t i = at; i < end; ++i) {
      const auto slash = static_cast<unsigned char>(p[i + 1] == '/');
      const auto low = static_cast<unsigned char>((p[i + 1] == 'u') & (p[i + 2] == '0') & (p[i + 3] == '0'));
      any |= static_cast<unsigned char>((p[i] == '\\') & (slash | low));
    }
    if (any != 0) return true;
  }
  return false;
}

void reveal_characters(std::string_view json, std::string& out, PlaceMap& places) {
  std::size_t copied = 0;
  for (std::size_t at = json.find('\\'); at != std::string_view::npos; at = json.find('\\', at)) {
    const auto escape = escape_at(json, at);
    if (escape && is_of_keys(escape->code)) {
      out.append(json.substr(copied, at - copied));
      out += static_cast<char>(escape->code);
      copied = at + escape->length;
      places.add(out.size(), copied);
    }
    at += escape ? escape->length : 2;
    if (at >= json.size()) break;
  }
  out.append(json.substr(std::min(copied, json.size())));
}

void unescape(std::string_view inside, std::string& out, PlaceMap& places) {
  std::size_t copied = 0;
  for (std::size_t at = inside.find('\\'); at != std::string_view::npos; at = inside.find('\\', at)) {
    const auto escape = escape_at(inside, at);
    if (!escape) {
      ++at;
      continue;
    }
    out.append(inside.substr(copied, at - copied));
    append_utf8(escape->code, out);
    at = copied = at + escape->length;
    places.add(out.size(), copied);
  }
  out.append(inside.substr(copied));
}

}  // namespace smartroute::accounting
