#include "dataplane/core/classify/characters.hpp"

#include <array>

namespace smartroute::classify {
namespace {

constexpr std::uint32_t kReplacement = 0xfffd;

constexpr Character ascii_character(unsigned c) {
  Character out{.folded = c, .kind = CharacterKind::Mark, .bytes = 1, .capital = false};
  if (c >= 'a' && c <= 'z') out.kind = CharacterKind::Letter;
  if (c >= 'A' && c <= 'Z') {
    out.kind = CharacterKind::Letter;
    out.folded = c + ('a' - 'A');
    out.capital = true;
  }
  if (c >= '0' && c <= '9') out.kind = CharacterKind::Digit;
  if (c <= ' ' || c == 0x7f) out.kind = CharacterKind::Space;
  if (c == '\n') out.kind = CharacterKind::Line;
  return out;
}

constexpr std::array<Character, 128> kAscii = [] {
  std::array<Character, 128> table{};
  for (unsigned c = 0; c < table.size(); ++c) table[c] = ascii_character(c);
  return table;
}();

// Length 2..4 and the code point of the sequence at `at`, or length 1 if it is not valid UTF-8.
std::uint32_t decode(const char* at, const char* end, std::uint8_t& bytes) noexcept {
  const auto byte = [at](int i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(at[i])); };
  const auto tail = [&byte](int i) { return (byte(i) & 0xc0) == 0x80; };
  const auto room = end - at;
  const std::uint32_t first = byte(0);
  bytes = 1;
  if (first >= 0xc2 && first <= 0xdf && room >= 2 && tail(1)) {
    bytes = 2;
    return (first & 0x1f) << 6 | (byte(1) & 0x3f);
  }
  if (first >= 0xe0 && first <= 0xef && room >= 3 && tail(1) && tail(2)) {
    const std::uint32_t point = (first & 0x0f) << 12 | (byte(1) & 0x3f) << 6 | (byte(2) & 0x3f);
    if (point < 0x800 || (point >= 0xd800 && point <= 0xdfff)) return kReplacement;
    bytes = 3;
    return point;
  }
  if (first >= 0xf0 && first <= 0xf4 && room >= 4 && tail(1) && tail(2) && tail(3)) {
    const std::uint32_t point =
        (first & 0x07) << 18 | (byte(1) & 0x3f) << 12 | (byte(2) & 0x3f) << 6 | (byte(3) & 0x3f);
    if (point < 0x10000 || point > 0x10ffff) return kReplacement;
    bytes = 4;
    return point;
  }
  return kReplacement;
}

constexpr bool in(std::uint32_t c, std::uint32_t first, std::uint32_t last) noexcept { return c >= first && c <= last; }

// Lower case of a letter between U+00C0 and U+1EFF; `c` itself where there is none.
std::uint32_t lower(std::uint32_t c) noexcept {
  if (in(c, 0xc0, 0xde) && c != 0xd7) return c + 0x20;
  if (in(c, 0x100, 0x137) || in(c, 0x14a, 0x177) || in(c, 0x1e00, 0x1e95) || in(c, 0x1ea0, 0x1eff)) return c | 1;
  if (in(c, 0x139, 0x148) || in(c, 0x179, 0x17e)) return (c & 1) != 0 ? c + 1 : c;
  if (c == 0x1a0 || c == 0x1af) return c + 1;
  if (in(c, 0x391, 0x3a9)) return c + 0x20;
  if (in(c, 0x410, 0x42f)) return c + 0x20;
  if (in(c, 0x400, 0x40f)) return c + 0x50;
  return c;
}

// What a typographic mark is on a plain keyboard; 0 if it is nothing of that kind.
char plain(std::uint32_t c) noexcept {
  switch (c) {
    case 0x2018: case 0x2019: case 0x300e: case 0x300f: return '\'';
    case 0x201c: case 0x201d: case 0x300c: case 0x300d: case 0xab: case 0xbb: case 0x201e: return '"';
    case 0x2010: case 0x2011: case 0x2012: case 0x2013: case 0x2014: case 0x2212: return '-';
    case 0x3001: case 0x60c: return ',';
    case 0x3002: case 0xff61: case 0x964: case 0x6d4: return '.';
    case 0x61f: case 0xbf: return '?';
    case 0xa1: return '!';
    case 0xd7: return '*';
    case 0xf7: return '/';
    case 0x3010: return '[';
    case 0x3011: return ']';
    default: return 0;
  }
}

bool is_ideograph(std::uint32_t c) noexcept {
  return in(c, 0x3040, 0x30ff) || in(c, 0x3400, 0x4dbf) || in(c, 0x4e00, 0x9fff) || in(c, 0xf900, 0xfaff) ||
         in(c, 0x20000, 0x3134f) || in(c, 0x3005, 0x3007);
}

bool is_mark(std::uint32_t c) noexcept {
  return in(c, 0x80, 0xbf) || c == 0xd7 || c == 0xf7 || in(c, 0x2010, 0x2bff) || in(c, 0x3003, 0x303f) ||
         in(c, 0xfe10, 0xfe6f) || in(c, 0xff00, 0xff65) || c >= 0x1f000 || c == kReplacement;
}

bool is_nothing(std::uint32_t c) noexcept {
  return in(c, 0x300, 0x36f) || in(c, 0x64b, 0x65f) || c == 0x640 || in(c, 0x200b, 0x200f) || in(c, 0x2060, 0x2064) ||
         in(c, 0xfe00, 0xfe0f) || c == 0xfeff || c == 0xad;
}

}  // namespace

Character read_character(const char* at, const char* end) noexcept {
  const auto first = static_cast<unsigned char>(*at);
  if (first < 0x80) return kAscii[first];
  Character out;
  std::uint32_t c = decode(at, end, out.bytes);
  if (in(c, 0xff01, 0xff5e)) {  // full width
    const std::uint8_t bytes = out.bytes;
    out = kAscii[c - 0xff01 + 0x21];
    out.bytes = bytes;
    return out;
  }
  out.folded = c;
  if (is_ideograph(c)) {
    out.kind = CharacterKind::Ideograph;
  } else if (const char ascii = plain(c); ascii != 0) {
    out.folded = static_cast<unsigned char>(ascii);
    out.kind = CharacterKind::Mark;
  } else if (c == 0xa0 || c == 0x3000 || in(c, 0x2000, 0x200a) || c == 0x202f) {
    out.kind = CharacterKind::Space;
  } else if (c == 0x2028 || c == 0x2029 || c == 0x85) {
    out.kind = CharacterKind::Line;
  } else if (is_nothing(c)) {
    out.kind = CharacterKind::Nothing;
  } else if (is_mark(c) && c != 0xaa && c != 0xb5 && c != 0xba) {
    out.kind = CharacterKind::Mark;
  } else {
    out.kind = CharacterKind::Letter;
    out.folded = lower(c);
    out.capital = out.folded != c;
  }
  return out;
}

}  // namespace smartroute::classify
