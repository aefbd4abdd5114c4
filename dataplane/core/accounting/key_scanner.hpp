// Finds keys in texts: those of well-known shape, and given ones.
//
// Every position is looked up by a hash of its three bytes in a table of 16 KiB, eight at a time; only where a key may begin is looked closer. A run of
// characters is walked once, however many keys seem to begin in it: linear in the text, whatever it holds.
//
// What tells a key from words: the beginning its maker gave it, a left border (no letter or digit before it, but for the letter of an escape), a
// least length, and for beginnings that words have too a digit, or letters of both cases. A key in parts, or in another encoding, is not seen.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "contract/base/secret.hpp"

namespace smartroute::accounting {

enum class TextKind : std::uint8_t {
  Plain,
  Json,   // one JSON text, or as much of one as is left; a quote ends a key, and the letter of an escape is not its first
};

// Where the text is only a part of one: there a part of a key is taken for one.
struct TextCuts {
  bool begin = false, end = false;
};

class KeyScanner {
 public:
  // Shorter secrets are words of some language: they are not looked for.
  static constexpr std::size_t kMinSecretBytes = 8;
  // At the cut end of a text so much of a key is enough.
  static constexpr std::size_t kMinPartBytes = 4;

  struct Found {
    std::size_t begin = 0, end = 0;
    bool bare_number = false;     // of a JSON text, and in no string: what takes its place needs quotes
  };

  explicit KeyScanner(const std::vector<std::string_view>& secrets = {});

  // Appends what was found, in order, without overlap.
  void find(std::string_view text, TextKind kind, TextCuts cuts, std::vector<Found>& out) const;

  class Walk;   // key_scanner.cpp only

 private:
  struct Anchor {
    std::uint32_t bytes;          // the three that must stand at it
    std::uint32_t rule;           // of the shapes, then of the secrets
    friend bool operator<(const Anchor& a, const Anchor& b) noexcept { return a.bytes < b.bytes; }
  };
  struct Given {
    Secret text;
    std::size_t anchor;           // where the three bytes stand that are looked for
  };
  void add_anchor(std::string_view three, std::size_t rule);

  static constexpr int kTableBits = 14;
  std::array<std::uint8_t, std::size_t{1} << kTableBits> begins_{};
  std::vector<Anchor> anchors_;
  std::vector<Given> secrets_;
};

}  // namespace smartroute::accounting
