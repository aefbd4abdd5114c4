#include "dataplane/core/classify/embedded_classifier.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <utility>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "contract/base/utf8.hpp"
#include "dataplane/core/classify/features.hpp"
#include "dataplane/core/classify/tier_weights.hpp"

// Equal bytes give equal bits on every machine: sums over features are integers, and what follows is float
// arithmetic in a fixed order, compiled without contraction, with an exponential of our own.
namespace smartroute::classify {
namespace {

constexpr std::size_t kSignalBytes = 64;

using Margins = std::array<float, kMarginCount>;
using Scores = std::array<float, kTierCount>;

constexpr std::uint32_t kEverySlot = (1u << kGroupSlots) - 1;

using Row = std::array<std::int8_t, kMarginCount>;

struct Found {
  Row row;             // of the feature, or any of its group
  std::uint32_t known;  // 1 or 0
};

// Bit s of the result: the tag of slot s is equal.
inline std::uint32_t equal_tags(const std::byte* group, std::uint8_t tag) noexcept {
#if defined(__SSE2__)
  const __m128i all = _mm_loadu_si128(reinterpret_cast<const __m128i*>(group));
  return static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(all, _mm_set1_epi8(static_cast<char>(tag))))) &
         kEverySlot;
#else
  std::uint32_t equal = 0;
  for (std::size_t s = 0; s < kGroupSlots; ++s) equal |= static_cast<std::uint32_t>(group[s] == std::byte{tag}) << s;
  return equal;
#endif
}

inline const std::byte* group_at(const TierWeights& w, std::uint32_t hash) noexcept {
  return w.table.data() + std::size_t{group_of(hash, w.groups)} * kGroupBytes;
}

inline Found find(const TierWeights& w, std::uint32_t hash) noexcept {
  const std::byte* group = group_at(w, hash);
  const std::uint32_t equal = equal_tags(group, tag_of(hash));
  const auto slot = static_cast<std::size_t>(std::countr_zero(equal | 1u << (kGroupSlots - 1)));
  Found found;
  std::memcpy(found.row.data(), group + kRowsInGroup + slot * kMarginCount, sizeof found.row);
  found.known = equal != 0 ? 1 : 0;
  return found;
}

// Features met so far: each counts once, however often a text repeats it. Told apart by 16 bits: in a long text one in a hundred
// is taken for a repeat of another and left out.
class Met {
 public:
  // 1 for a known feature that was not met before, else 0. No branch: neither can be foretold.
  std::uint32_t meet(std::uint32_t hash, std::uint32_t known) noexcept {
    std::uint64_t& word = word_[hash >> 6 & (kWords - 1)];
    const std::uint64_t bit = std::uint64_t{known} << (hash & 63);
    const std::uint64_t fresh = bit & ~word;
    word |= bit;
    return fresh != 0 ? 1 : 0;
  }

 private:
  static constexpr std::size_t kWords = 1024;
  std::array<std::uint64_t, kWords> word_{};
};

using Sums = std::array<std::int32_t, kMarginCount>;

// Between two requests the kernel's own work pushes the table out of the near caches; asked for so many features ahead, its lines come in
// while others are added up.
constexpr std::size_t kAhead = 24;

// Adds the rows of the features that are known and new; returns how many.
std::uint32_t sum_rows(const TierWeights& w, std::span<const std::uint32_t> hashes, Met& met, Sums& sums) noexcept {
  std::uint32_t count = 0;
  const auto ask_for = [&w](std::uint32_t hash) { __builtin_prefetch(group_at(w, hash)); };
  for (std::size_t i = 0; i < std::min(kAhead, hashes.size()); ++i) ask_for(hashes[i]);
  for (std::size_t i = 0; i < hashes.size(); ++i) {
    const std::uint32_t hash = hashes[i];
    if (i + kAhead < hashes.size()) ask_for(hashes[i + kAhead]);
    const Found found = find(w, hash);
    const std::uint32_t fresh = met.meet(hash, found.known);
    count += fresh;
    for (std::size_t m = 0; m < kMarginCount; ++m) sums[m] += found.row[m] & -static_cast<std::int32_t>(fresh);
  }
  return count;
}

struct Reading {
  Margins margin;                         // of T2 and T3 over T1
  std::array<float, kPoolCount> scale{};  // what 1 in a row of the pool moved
};

Reading read(const TierWeights& w, const Subject& subject) noexcept {
  FeatureSet features;
  read_features(subject, features);
  Reading out{.margin = w.start};
  Met met;
  for (std::size_t p = 0; p < kPoolCount; ++p) {
    Sums sums{};
    const std::uint32_t known = sum_rows(w, features.of(static_cast<Pool>(p)), met, sums);
    if (known == 0) continue;
    out.scale[p] = w.step[p] / std::sqrt(static_cast<float>(known));
    for (std::size_t m = 0; m < kMarginCount; ++m) out.margin[m] += out.scale[p] * static_cast<float>(sums[m]);
  }
  return out;
}

// e to the power of x <= 0, relative error below 1e-6; 0 under -80. No library's exp(): those differ.
float exponential(float x) noexcept {
  if (!(x > -80.0f)) return 0.0f;
  const float turns = x * 1.44269504f;
  const auto whole = static_cast<std::int32_t>(turns - 0.5f);
  const float rest = (turns - static_cast<float>(whole)) * 0.693147181f;
  const float series =
      1.0f + rest * (1.0f + rest * (0.5f + rest * (0.166666667f + rest * (0.0416666667f + rest * (0.00833333333f + rest * 0.00138888889f)))));
  return std::bit_cast<float>((whole + 127) << 23) * series;
}

std::array<float, kTierCount> probabilities(Scores scores, float sharpness) noexcept {
  const float most = std::max({scores[0], scores[1], scores[2]});
  float sum = 0;
  for (float& s : scores) {
    s = exponential((s - most) * sharpness);
    sum += s;
  }
  for (float& s : scores) s /= sum;
  return scores;
}

Opinion opinion_of(const TierWeights& w, const Margins& margin) noexcept {
  Opinion out;
  out.probability = probabilities({0.0f, margin[0], margin[1]}, w.sharpness);
  std::size_t best = 0;
  Scores cost{};
  for (std::size_t judged = 0; judged < kTierCount; ++judged) {
    for (std::size_t real = 0; real < kTierCount; ++real)
      cost[judged] += w.cost[judged][real] * out.probability[real];
    if (cost[judged] < cost[best]) best = judged;
  }
  out.tier = static_cast<config::TierName>(best);
  out.confidence = out.probability[best];
  return out;
}

// Sums what the features of equal name contribute.
class Tally final : public FeatureWitness {
 public:
  Tally(const TierWeights& w, const Reading& reading, config::TierName tier)
      : weights_(w), reading_(reading), tier_(static_cast<std::size_t>(tier)) {}

  void saw(Pool pool, std::uint32_t hash, std::string_view text) override {
    const Found found = find(weights_, hash);
    if (met_.meet(hash, found.known) == 0) return;
    Scores moves{};
    for (std::size_t m = 0; m < kMarginCount; ++m)
      moves[m + 1] = static_cast<float>(found.row[m]) *
                     reading_.scale[static_cast<std::size_t>(pool)] * weights_.sharpness;
    float others = 0;
    for (std::size_t t = 0; t < kTierCount; ++t)
      if (t != tier_) others += moves[t];
    total_[named(pool, text)] += moves[tier_] - others / (kTierCount - 1);
  }

  std::vector<Signal> strongest(std::size_t limit) const {
    std::vector<Signal> all;
    for (const auto& [name, weight] : total_) all.push_back({name, weight});
    std::stable_sort(all.begin(), all.end(),
                     [](const Signal& a, const Signal& b) { return std::fabs(a.weight) > std::fabs(b.weight); });
    if (all.size() > limit) all.resize(limit);
    return all;
  }

 private:
  static std::string named(Pool pool, std::string_view text);

  const TierWeights& weights_;
  const Reading& reading_;
  std::size_t tier_;
  Met met_;
  std::map<std::string, float> total_;
};

// Printable, whole characters, at most kSignalBytes with the kind in front.
std::string Tally::named(Pool pool, std::string_view text) {
  static constexpr std::array<std::string_view, kPoolCount> kKind = {"word: ", "chars: ", "ask: ", "shape: "};
  std::string out(kKind[static_cast<std::size_t>(pool)]);
  for (std::size_t at = 0; at < text.size();) {
    const auto first = static_cast<unsigned char>(text[at]);
    std::size_t bytes = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 0;
    for (std::size_t i = 1; i < bytes; ++i)
      if (at + i >= text.size() || !continues_character(text[at + i])) bytes = 0;
    if (bytes == 0) {
      out += '?';
      ++at;
    } else if (first < ' ' || first == 0x7f) {
      out += ' ';
      ++at;
    } else {
      if (out.size() + bytes > kSignalBytes) break;
      out.append(text.substr(at, bytes));
      at += bytes;
    }
    if (out.size() >= kSignalBytes) break;
  }
  return out;
}

}  // namespace

Result<EmbeddedClassifier> EmbeddedClassifier::load(std::span<const std::byte> bytes) {
  auto weights = read_weights(bytes);
  if (!weights) return tl::unexpected(weights.error());
  EmbeddedClassifier out;
  out.name_ = std::to_string(kWeightsFormat) + "-";
  for (int shift = 28; shift >= 0; shift -= 4) out.name_ += "0123456789abcdef"[weights->checksum >> shift & 15];
  out.weights_ = std::make_shared<const TierWeights>(*std::move(weights));
  return out;
}

const Result<EmbeddedClassifier>& built_in_classifier() {
  static const auto loaded = EmbeddedClassifier::load(built_in_weights());
  return loaded;
}

Opinion EmbeddedClassifier::classify(const Subject& subject) const noexcept {
  return opinion_of(*weights_, read(*weights_, subject).margin);
}

std::vector<Signal> EmbeddedClassifier::explain(const Subject& subject, std::size_t limit) const {
  const Reading reading = read(*weights_, subject);
  Tally tally(*weights_, reading, opinion_of(*weights_, reading.margin).tier);
  witness_features(subject, tally);
  return tally.strongest(limit);
}

}  // namespace smartroute::classify
