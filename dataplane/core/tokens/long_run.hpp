// A piece that has become too long to hold while its end is not known: it is encoded as it grows. Where it will end may be open in one way:
// the rules may cut it behind a certain character (see splitter.hpp: o200k's words that end in capitals, white space with a line break in
// it) and begin another piece there, unless something comes that keeps it whole. Both are counted then, side by side.
#pragma once
#include <cstdint>
#include <string_view>

#include "dataplane/core/tokens/prefix_walk.hpp"
#include "dataplane/core/tokens/splitter.hpp"
#include "dataplane/core/tokens/vocabulary.hpp"

namespace smartroute::tokens {

class LongRun {
 public:
  // `held`: all of the piece so far, whole characters. Returns its bytes that belong to the run: all, or all but what may be the beginning
  // of a contraction.
  std::size_t begin(const Vocabulary& vocabulary, Rules rules, std::string_view held) noexcept;

  // Takes the character if the run goes on with it.
  bool take(const Vocabulary& vocabulary, const unsigned char* text, Character c) noexcept;
  // Tokens of the run, had the text ended here.
  std::uint64_t tokens() const noexcept { return cut_ ? tokens_to_cut_ + behind_cut_.tokens() : whole_.tokens(); }

  // Whether its last piece may end with a contraction, and that it does.
  bool may_contract() const noexcept { return phase_ == Phase::Capitals || phase_ == Phase::Small; }
  void take_contraction(const Vocabulary& vocabulary, std::string_view text) noexcept;
  // The run is over, something else follows: the tokens of all of it but left(), which is for what follows: the last blank, or nothing.
  std::uint64_t settle() const noexcept;
  std::string_view left() const noexcept { return {last_, phase_ == Phase::Space && !ends_at_cut() ? last_size_ : 0U}; }

 private:
  enum class Phase : std::uint8_t { Capitals, Small, Letters, Digits, Symbols, LineEnds, Space };

  bool ends_at_cut() const noexcept { return cut_ && behind_cut_.bytes() == 0; }
  void push(const Vocabulary& vocabulary, const unsigned char* text, std::size_t size) noexcept;
  void cut() noexcept;

  Rules rules_ = Rules::O200k;
  Phase phase_ = Phase::Space;
  bool cut_ = false;  // there is a place where the piece ends unless it turns out to go on
  std::uint8_t last_size_ = 0;
  char last_[4] = {};  // the last character
  std::uint64_t tokens_to_cut_ = 0;
  PrefixWalk whole_, behind_cut_;
};

}  // namespace smartroute::tokens
