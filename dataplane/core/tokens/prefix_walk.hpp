// Byte pair encoding of a piece of any length that arrives byte by byte, in constant memory: after each byte it knows how many tokens the
// piece is if it ends there. Exact, because the encoding of a beginning is the encoding of a shorter beginning and one more token that is
// compatible with its last; exactly one token is. Costs more per byte than piece_count.hpp, and no more than a constant.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

#include "dataplane/core/tokens/vocabulary.hpp"

namespace smartroute::tokens {

class PrefixWalk {
 public:
  // Starts an empty piece.
  void reset() noexcept {
    taken_ = 0;
    starts_ = 0;
    ends_[0] = {Vocabulary::kNone, 0};
  }
  void push(const Vocabulary& vocabulary, unsigned char byte) noexcept;

  std::uint64_t bytes() const noexcept { return taken_; }
  std::uint64_t tokens() const noexcept { return tokens_before(0); }
  // Had the piece ended `bytes` ago; up to kMaxLongest and bytes().
  std::uint64_t tokens_before(std::size_t bytes) const noexcept { return ends_[(taken_ - bytes) % kRing].tokens; }

 private:
  static constexpr std::size_t kRing = 256;
  static_assert(kRing > tables::kMaxLongest);
  struct End {
    Token last;
    std::uint64_t tokens;
  };
  // A token may have begun here: its walk along the trie so far.
  struct Start {
    Vocabulary::Walk walk;
    std::uint8_t at;  // modulo kRing
  };

  std::uint64_t taken_ = 0;
  std::size_t starts_ = 0;
  std::array<End, kRing> ends_{{{Vocabulary::kNone, 0}}};
  std::array<Start, tables::kMaxLongest + 1> open_;  // the oldest first
};

}  // namespace smartroute::tokens
