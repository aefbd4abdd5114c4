// Random JSON texts for tests: every kind of value, odd spacing, escapes, numbers no double holds.
#pragma once
#include <iterator>
#include <string>
#include <string_view>

#include "contract/base/random.hpp"

namespace smartroute::openai {

class RandomJson {
 public:
  explicit RandomJson(std::uint64_t seed) : random_(seed) {}

  std::size_t below(std::size_t bound) { return static_cast<std::size_t>(random_.below(bound)); }

  std::string space() {
    static constexpr std::string_view kSpaces[] = {"", "", "", "", " ", "\n", "\t ", "\r\n  "};
    return std::string(kSpaces[below(std::size(kSpaces))]);
  }

  // A string token; `plain` keeps it free of escapes.
  std::string string(bool plain = false) {
    static constexpr std::string_view kPieces[] = {"a",
                                                   "prompt ",
                                                   "0123456789abcdef",
                                                   "{[,:]}",
                                                   "é",
                                                   "证明",
                                                   "😀",
                                                   "\xc2\x80",
                                                   "\x7f",
                                                   "/",
                                                   "\\n",
                                                   "\\\"",
                                                   "\\\\",
                                                   "\\/",
                                                   "\\u0000",
                                                   "\\u8bC1",
                                                   "\\uD83d\\uDE00",
                                                   "\\t\\r\\b\\f"};
    constexpr std::size_t kFirstEscape = 10;
    std::string out = "\"";
    for (std::size_t n = below(6); n > 0; --n)
      out += kPieces[below(plain ? kFirstEscape : std::size(kPieces))];
    return out + '"';
  }

  std::string number() {
    static constexpr std::string_view kNumbers[] = {"0",
                                                    "-0",
                                                    "7",
                                                    "-12",
                                                    "1.0",
                                                    "0.5e-3",
                                                    "1E+2",
                                                    "9007199254740993",
                                                    "18446744073709551615",
                                                    "123456789012345678901234567890",
                                                    "1e308",
                                                    "-0.0",
                                                    "1e-400"};
    return std::string(kNumbers[below(std::size(kNumbers))]);
  }

  std::string value(int depth) {
    switch (below(depth > 0 ? 8 : 6)) {
      case 0:
        return "null";
      case 1:
        return "true";
      case 2:
        return "false";
      case 3:
        return number();
      case 4:
      case 5:
        return string();
      case 6:
        return array(depth - 1);
      default:
        return object(depth - 1);
    }
  }

  std::string array(int depth) {
    std::string out = "[" + space();
    for (std::size_t n = below(4), i = 0; i < n; ++i) {
      if (i > 0) out += "," + space();
      out += value(depth) + space();
    }
    return out + "]";
  }

  std::string object(int depth) {
    std::string out = "{" + space();
    for (std::size_t n = below(4), i = 0; i < n; ++i) {
      if (i > 0) out += "," + space();
      out += "\"k" + std::to_string(i) + "\"" + space() + ":" + space() + value(depth) + space();
    }
    return out + "}";
  }

 private:
  SeededRandom random_;
};

}  // namespace smartroute::openai
