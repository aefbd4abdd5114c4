// Byte classes and case-blind comparison for HTTP/1 heads. Internal to http1.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace smartroute::http1 {

enum CharClass : std::uint8_t {
  kToken = 1,  // tchar, RFC 9110 section 5.6.2
  kOddToken =
      2,  // a tchar that is neither letter, digit nor '-': CGI-style readers take it for '-'
  kPathChar = 4,     // pchar or '/', RFC 3986 section 3.3, without '%'
  kQueryChar = 8,    // kPathChar or '?'
  kHostChar = 16,    // letter, digit, '-', '.', '_', '~'
  kUnreserved = 32,  // RFC 3986 section 2.3
  kDigit = 64,
  kUpper = 128,
};

constexpr std::array<std::uint8_t, 256> make_char_classes() {
  std::array<std::uint8_t, 256> table{};
  auto mark = [&table](std::string_view bytes, std::uint8_t bits) {
    for (char c : bytes) table[static_cast<unsigned char>(c)] |= bits;
  };
  constexpr std::string_view kLower = "abcdefghijklmnopqrstuvwxyz";
  constexpr std::string_view kUpperCase = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  constexpr std::string_view kDigits = "0123456789";
  constexpr std::uint8_t kEverywhere = kToken | kPathChar | kQueryChar | kHostChar | kUnreserved;
  mark(kLower, kEverywhere);
  mark(kUpperCase, kEverywhere | kUpper);
  mark(kDigits, kEverywhere | kDigit);
  mark("-", kEverywhere);
  mark("!#$%&'*+.^_`|~", kToken | kOddToken);
  mark("._~", kPathChar | kQueryChar | kHostChar | kUnreserved);
  mark("!$&'()*+,;=:@/", kPathChar | kQueryChar);
  mark("?", kQueryChar);
  return table;
}

inline constexpr std::array<std::uint8_t, 256> kCharClasses = make_char_classes();

inline std::uint8_t classes_of(char c) noexcept {
  return kCharClasses[static_cast<unsigned char>(c)];
}

// -1 if `c` is not a hex digit.
inline int hex_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  const int folded = c | 0x20;
  return folded >= 'a' && folded <= 'f' ? folded - 'a' + 10 : -1;
}

// Does `text` spell the lower-case literal, letters in either case? Folding by bit 0x20 is exact
// for letters; onto '-', '/' and the digits it also maps control bytes, so a literal that holds
// those may be asked only of texts known to be free of control bytes.
template <std::size_t N>
inline bool spells(std::string_view text, const char (&lower)[N]) noexcept {
  constexpr std::size_t kSize = N - 1;
  if (text.size() != kSize) return false;
  const auto folded_at = [&text](auto word, std::size_t at) {
    std::memcpy(&word, text.data() + at, sizeof word);
    return word | static_cast<decltype(word)>(0x2020202020202020ULL);
  };
  const auto literal_at = [&lower](auto word, std::size_t at) {
    std::memcpy(&word, lower + at, sizeof word);
    return word;
  };
  if constexpr (kSize >= 8) {
    for (std::size_t at = 0; at + 8 <= kSize; at += 8) {
      if (folded_at(std::uint64_t{}, at) != literal_at(std::uint64_t{}, at)) return false;
    }
    return kSize % 8 == 0 ||
           folded_at(std::uint64_t{}, kSize - 8) == literal_at(std::uint64_t{}, kSize - 8);
  } else if constexpr (kSize >= 4) {
    return folded_at(std::uint32_t{}, 0) == literal_at(std::uint32_t{}, 0) &&
           folded_at(std::uint32_t{}, kSize - 4) == literal_at(std::uint32_t{}, kSize - 4);
  } else {
    for (std::size_t at = 0; at < kSize; ++at) {
      if ((text[at] | 0x20) != lower[at]) return false;
    }
    return true;
  }
}

}  // namespace smartroute::http1
