// Where a text stops being UTF-8, by the rules of Unicode's table 3-7, and how much of it one U+FFFD stands for.
#pragma once
#include <cstddef>
#include <string_view>

namespace smartroute::tokens {

inline constexpr std::string_view kReplacement = "\xef\xbf\xbd";

// Bytes of the longest beginning that is whole characters.
std::size_t valid_prefix(std::string_view text) noexcept;

struct Broken {
  std::size_t bytes = 0;   // of the beginning that one U+FFFD stands for; 1..3
  bool unfinished = false;  // it is all there is, and more bytes may make a character of it
};
// `text` does not begin with a character and is not empty.
Broken broken_prefix(std::string_view text) noexcept;

}  // namespace smartroute::tokens
