#include "dataplane/core/classify/embedded_classifier.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <map>
#include <memory>
#include <utility>

#include "dataplane/core/classify/features.hpp"
#include "dataplane/core/classify/tier_weights.hpp"

// Equal bytes give equal bits on every machine: sums over features are integers, and what follows is float
// arithmetic in a fixed order, compiled without contraction, with an exponential of our own.
namespace smartroute::classify {
namespace {

constexpr std::size_t kNoSlot = static_cast<std::size_t>(-1);
constexpr std::size_t kSignalBytes = 64;

using Inputs = std::array<float, kInputs>;
using Scores = std::array<float, kTierCount>;

// Slot of the feature, or kNoSlot. One load finds an equal tag among the group's four.
inline std::size_t slot_of(const TierWeights& w, std::uint32_t hash) noexcept {
  const std::size_t first = group_of(hash, w.groups) * kGroupSlots;
  std::uint32_t tags;
  std::memcpy(&tags, w.tags.data() + first, sizeof tags);
  const std::uint32_t differ = tags ^ tag_of(hash) * 0x01010101u;
  const std::uint32_t equal = (differ - 0x01010101u) & ~differ & 0x80808080u;
  return equal == 0 ? kNoSlot : first + static_cast<std::size_t>(std::countr_zero(equal)) / 8;
}

// Slots met so far: a feature counts once, however often a text repeats it.
class Met {
 public:
  explicit Met(const TierWeights& w) noexcept { std::memset(word_.data(), 0, (w.tags.size() + 63) / 64 * sizeof word_[0]); }
  // False if it was met before.
  bool meet(std::size_t slot) noexcept {
    std::uint64_t& word = word_[slot / 64];
    const std::uint64_t bit = std::uint64_t{1} << slot % 64;
    if ((word & bit) != 0) return false;
    word |= bit;
    return true;
  }

 private:
  std::array<std::uint64_t, kMostGroups * kGroupSlots / 64> word_;
};

using Sums = std::array<std::int32_t, kDimensions>;

std::uint32_t sum_rows(const TierWeights& w, std::span<const std::uint32_t> hashes, Met& met, Sums& sums) noexcept {
  std::uint32_t known = 0;
  for (const std::uint32_t hash : hashes) {
    const std::size_t slot = slot_of(w, hash);
    if (slot == kNoSlot || !met.meet(slot)) continue;
    ++known;
    const std::int8_t* row = w.rows.data() + slot * kDimensions;
    for (std::size_t d = 0; d < kDimensions; ++d) sums[d] += row[d];
  }
  return known;
}

// What one step of a row weighs in a pool where `known` rows are summed.
float pool_scale(const TierWeights& w, std::uint32_t known) noexcept {
  return known == 0 ? 0.0f : w.step / std::sqrt(static_cast<float>(known));
}

struct Pooled {
  Inputs inputs;
  std::array<float, kPoolCount> scale;
};

Pooled pool(const TierWeights& w, const Subject& subject) noexcept {
  FeatureSet features;
  read_features(subject, features);
  Pooled out;
  Met met(w);
  for (std::size_t p = 0; p < kPoolCount; ++p) {
    Sums sums{};
    out.scale[p] = pool_scale(w, sum_rows(w, features.of(static_cast<Pool>(p)), met, sums));
    for (std::size_t d = 0; d < kDimensions; ++d)
      out.inputs[p * kDimensions + d] = out.scale[p] * static_cast<float>(sums[d]);
  }
  return out;
}

using Hidden = std::array<float, kMostHidden>;

Scores score(const TierWeights& w, const Inputs& inputs, Hidden& hidden) noexcept {
  std::copy_n(w.hidden_biases.begin(), w.hidden, hidden.begin());
  for (std::size_t i = 0; i < kInputs; ++i) {
    const float* row = w.hidden_weights.data() + i * w.hidden;
    for (std::size_t j = 0; j < w.hidden; ++j) hidden[j] += inputs[i] * row[j];
  }
  for (std::size_t j = 0; j < w.hidden; ++j) hidden[j] = hidden[j] > 0 ? hidden[j] : 0;
  Scores scores;
  for (std::size_t t = 0; t < kTierCount; ++t) {
    float sum = w.output_biases[t];
    for (std::size_t j = 0; j < w.hidden; ++j) sum += w.output_weights[t * w.hidden + j] * hidden[j];
    for (std::size_t i = 0; i < kInputs; ++i) sum += w.direct_weights[t * kInputs + i] * inputs[i];
    scores[t] = sum;
  }
  return scores;
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

Opinion opinion_of(const TierWeights& w, const Scores& scores) noexcept {
  Opinion out;
  out.probability = probabilities(scores, w.sharpness);
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

// How much each input moves the score of `tier` against the mean of the others, around this text.
Inputs slopes(const TierWeights& w, const Hidden& hidden, std::size_t tier) {
  Inputs slope{};
  for (std::size_t t = 0; t < kTierCount; ++t) {
    const float side = t == tier ? 1.0f : -1.0f / (kTierCount - 1);
    for (std::size_t i = 0; i < kInputs; ++i) {
      float by = w.direct_weights[t * kInputs + i];
      for (std::size_t j = 0; j < w.hidden; ++j)
        if (hidden[j] > 0) by += w.output_weights[t * w.hidden + j] * w.hidden_weights[i * w.hidden + j];
      slope[i] += side * by;
    }
  }
  return slope;
}

// Sums what the features of equal name contribute.
class Tally final : public FeatureWitness {
 public:
  Tally(const TierWeights& w, const Inputs& slope, const Pooled& pooled)
      : weights_(w), slope_(slope), scale_(pooled.scale), met_(w) {}

  void saw(Pool pool, std::uint32_t hash, std::string_view text) override {
    const std::size_t slot = slot_of(weights_, hash);
    if (slot == kNoSlot || !met_.meet(slot)) return;
    const auto p = static_cast<std::size_t>(pool);
    float weight = 0;
    for (std::size_t d = 0; d < kDimensions; ++d)
      weight += slope_[p * kDimensions + d] * static_cast<float>(weights_.rows[slot * kDimensions + d]);
    total_[named(pool, text)] += weight * scale_[p] * weights_.sharpness;
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
  const Inputs& slope_;
  const std::array<float, kPoolCount>& scale_;
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
      if (at + i >= text.size() || (static_cast<unsigned char>(text[at + i]) & 0xc0) != 0x80) bytes = 0;
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
  std::array<char, 32> name;
  std::snprintf(name.data(), name.size(), "%u-%08x", kWeightsFormat, weights->checksum);
  out.name_ = name.data();
  out.weights_ = std::make_shared<const TierWeights>(*std::move(weights));
  return out;
}

Opinion EmbeddedClassifier::classify(const Subject& subject) const noexcept {
  Hidden hidden;
  return opinion_of(*weights_, score(*weights_, pool(*weights_, subject).inputs, hidden));
}

std::vector<Signal> EmbeddedClassifier::explain(const Subject& subject, std::size_t limit) const {
  const TierWeights& w = *weights_;
  const Pooled pooled = pool(w, subject);
  Hidden hidden;
  const Opinion opinion = opinion_of(w, score(w, pooled.inputs, hidden));
  const Inputs slope = slopes(w, hidden, static_cast<std::size_t>(opinion.tier));
  Tally tally(w, slope, pooled);
  witness_features(subject, tally);
  return tally.strongest(limit);
}

}  // namespace smartroute::classify
