// What the classifier sees of an ask: a bag of 32-bit feature hashes in four pools, read in one pass over
// the text. The trainer and the proxy share this very code, so what was learned is what is served. A
// change of anything here that moves a hash needs new weights and a new kFeatureVersion.
//
//   Words  word, word pair and word triple; a Han or kana character counts as a word. Letters are folded to
//          lower case and half width, numbers to their size.
//   Chars  runs of 4 characters of a word of letters and its edges: endings, typos, compounds, other languages; the
//          first 256 of a text
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
inline constexpr std::size_t kReadHeadBytes = 400;
inline constexpr std::size_t kReadTailBytes = 450;

enum class Pool : std::uint8_t { Words, Chars, Ask, Shape };
inline constexpr std::size_t kPoolCount = 4;

// Room for any text of the bytes read; a feature beyond a pool's room is left out.
inline constexpr std::array<std::size_t, kPoolCount> kPoolRoom = {2560, 288, 768, 96};
inline constexpr std::size_t kFeatureRoom = 2560 + 288 + 768 + 96;

// About 15 KiB, meant for the stack; nothing is cleared but the counts.
class FeatureSet {
 public:
  FeatureSet() noexcept { clear(); }
  void clear() noexcept { count_.fill(0); }

  // Room for `wanted` hashes at the end of a pool, or null if it has less. What was written there counts after grow().
  std::uint32_t* room(Pool pool, std::size_t wanted) noexcept {
    const auto p = static_cast<std::size_t>(pool);
    return kPoolRoom[p] - count_[p] < wanted ? nullptr : hash_.data() + kBegin[p] + count_[p];
  }
  void grow(Pool pool, std::size_t by) noexcept { count_[static_cast<std::size_t>(pool)] += by; }

  void add(Pool pool, std::uint32_t hash) noexcept {
    if (std::uint32_t* to = room(pool, 1)) {
      *to = hash;
      grow(pool, 1);
    }
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

// Adds the features of `subject` to an empty `out`. Any bytes may come as text; the same bytes give the same features
// on every machine.
void read_features(const Subject& subject, FeatureSet& out) noexcept;
void witness_features(const Subject& subject, FeatureWitness& witness);

}  // namespace smartroute::classify
