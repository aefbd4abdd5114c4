// Counts a text that grows, by whole characters: pieces are counted once their ends are certain, what is behind them is held.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "dataplane/core/tokens/encoding.hpp"
#include "dataplane/core/tokens/long_run.hpp"

namespace smartroute::tokens {

class OpenText {
 public:
  static constexpr std::size_t kBuffer = 512;
  // A piece without an end that is longer is no longer held.
  static constexpr std::size_t kLongPiece = 256;

  // `lent`, which outlives this, spares it an allocation at its first long piece.
  explicit OpenText(Encoding encoding, LongRun* lent = nullptr) noexcept : encoding_(encoding), run_(lent) {}
  // The same text, going on by itself.
  OpenText(const OpenText& other, LongRun& lent) noexcept;

  void feed(std::string_view whole_characters);
  std::uint64_t total() const noexcept;

 private:
  std::string_view feed_run(std::string_view text);
  std::string_view end_word(const Vocabulary& vocabulary, std::string_view text) noexcept;
  void settle_held();
  std::string_view held() const noexcept { return {held_.data(), held_size_}; }
  void hold(std::string_view text) noexcept;
  void drop_held(std::size_t bytes) noexcept;

  Encoding encoding_;
  bool in_run_ = false;
  std::uint16_t held_size_ = 0;  // in a run: of what may be a contraction behind it
  std::uint64_t settled_ = 0;
  LongRun* run_;
  std::unique_ptr<LongRun> own_run_;
  std::array<char, kBuffer> held_;
};

}  // namespace smartroute::tokens
