// What the classifier sees of an ask: a bag of 32-bit feature hashes in four pools, read in one pass over
// the text. The trainer and the proxy share this very code, so what was learned is what is served. A
// change of anything here that moves a hash needs new weights and a new kFeatureVersion.
//
//   Words  word, word pair and word triple; a Han or kana character counts as a word. Letters are folded to
//          lower case and half width, numbers to their size.
//   Chars  runs of 3 to 5 characters inside a word of letters: endings, typos, compounds, other languages
//   Ask    where the request tends to stand: how sentences and lines begin, the first words, the last
//          words, words of questions. Tells the ask from material that was pasted with it.
//   Shape  lengths, lines, code, mathematics, lists, options, quotes, markup, script: counts in buckets
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "dataplane/core/classify/subject.hpp"

namespace smartroute::classify {

inline constexpr std::uint32_t kFeatureVersion = 1;

// A longer ask is read at both ends: what lies between is nearly always material.
inline constexpr std::size_t kReadHeadBytes = 900;
inline constexpr std::size_t kReadTailBytes = 600;

enum class Pool : std::uint8_t { Words, Chars, Ask, Shape };
inline constexpr std::size_t kPoolCount = 4;

// Room for any text of the bytes read; a feature beyond a pool's room is left out.
inline constexpr std::array<std::size_t, kPoolCount> kPoolRoom = {6144, 4608, 1024, 96};
inline constexpr std::size_t kFeatureRoom = 6144 + 4608 + 1024 + 96;

// About 47 KiB, meant for the stack; nothing is cleared but the counts.
class FeatureSet {
 public:
  FeatureSet() noexcept { clear(); }
  void clear() noexcept { count_.fill(0); }

  void add(Pool pool, std::uint32_t hash) noexcept {
    const auto p = static_cast<std::size_t>(pool);
    if (count_[p] < kPoolRoom[p]) hash_[kBegin[p] + count_[p]++] = hash;
  }
  std::span<const std::uint32_t> of(Pool pool) const noexcept {
    const auto p = static_cast<std::size_t>(pool);
    return {hash_.data() + kBegin[p], count_[p]};
  }

 private:
  static constexpr std::array<std::size_t, kPoolCount> kBegin = {
      0, kPoolRoom[0], kPoolRoom[0] + kPoolRoom[1], kPoolRoom[0] + kPoolRoom[1] + kPoolRoom[2]};
  std::array<std::size_t, kPoolCount> count_;
  std::array<std::uint32_t, kFeatureRoom> hash_;
};

// Told of every feature with the text it came from, for explanations. `text` is a piece of the ask, or for
// Shape a name like "code block" that lives forever.
class FeatureWitness {
 public:
  virtual ~FeatureWitness() = default;
  virtual void saw(Pool pool, std::uint32_t hash, std::string_view text) = 0;
};

// Adds the features of `subject` to `out`. Any bytes may come as text; the same bytes give the same features
// on every machine.
void read_features(const Subject& subject, FeatureSet& out) noexcept;
void witness_features(const Subject& subject, FeatureWitness& witness);

}  // namespace smartroute::classify
