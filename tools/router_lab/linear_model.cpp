#include "tools/router_lab/linear_model.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace smartroute::router_lab {
namespace {

using classify::kPoolCount;
using config::kTierCount;
using Scores = std::array<float, kTierCount>;

constexpr float kFirstSquares = 1e-3f;
constexpr float kStartRate = 0.2f;  // of the rate of features

class Chance {
 public:
  explicit Chance(std::uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15 + 0x1234567) {
    for (int i = 0; i < 8; ++i) next();
  }
  std::uint64_t next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return state_;
  }

 private:
  std::uint64_t state_;
};

struct Weight {
  Scores value{}, squares{kFirstSquares, kFirstSquares, kFirstSquares};

  void step(const Scores& slope, float scale, float rate) {
    for (std::size_t t = 0; t < kTierCount; ++t) {
      const float s = slope[t] * scale;
      squares[t] += s * s;
      value[t] -= rate * s / std::sqrt(squares[t]);
    }
  }
};

class Learner {
 public:
  Learner(std::size_t features, const LinearSettings& settings)
      : settings_(settings), chance_(settings.seed), weight_(features) {
    const auto drop = static_cast<std::uint32_t>(settings.drop * 4294967040.0f);
    drop_ = {drop, drop, drop, 0};  // shape: few and dense
  }

  void learn(const Example& example, float rate) {
    Scores score = start_.value;
    for (std::size_t p = 0; p < kPoolCount; ++p) {
      keep_some(example.features[p], p);
      Scores sum{};
      for (const std::uint32_t f : kept_[p])
        for (std::size_t t = 0; t < kTierCount; ++t) sum[t] += weight_[f].value[t];
      scale_[p] = kept_[p].empty() ? 0.0f : 1.0f / std::sqrt(static_cast<float>(kept_[p].size()));
      for (std::size_t t = 0; t < kTierCount; ++t) score[t] += sum[t] * scale_[p];
    }
    const Scores slope = slopes(score, example);
    start_.step(slope, 1, rate * kStartRate);
    for (std::size_t p = 0; p < kPoolCount; ++p)
      for (const std::uint32_t f : kept_[p]) weight_[f].step(slope, scale_[p], rate);
  }

  Chance& chance() { return chance_; }

  LinearModel finish() const {
    LinearModel model;
    model.start = start_.value;
    for (const Weight& w : weight_) model.feature.push_back(w.value);
    return model;
  }

 private:
  void keep_some(const std::vector<std::uint32_t>& features, std::size_t pool) {
    kept_[pool].clear();
    for (const std::uint32_t f : features)
      if (static_cast<std::uint32_t>(chance_.next() >> 16) >= drop_[pool]) kept_[pool].push_back(f);
  }

  Scores slopes(Scores score, const Example& example) const {
    const float most = *std::max_element(score.begin(), score.end());
    float sum = 0;
    for (float& s : score) sum += s = std::exp(s - most);
    for (std::size_t t = 0; t < kTierCount; ++t) {
      const float wanted = (t == example.tier ? 1 - settings_.smoothing : 0) + settings_.smoothing / kTierCount;
      score[t] = (score[t] / sum - wanted) * example.weight;
    }
    return score;
  }

  LinearSettings settings_;
  Chance chance_;
  std::vector<Weight> weight_;
  Weight start_;
  std::array<std::uint32_t, kPoolCount> drop_{};
  std::array<std::vector<std::uint32_t>, kPoolCount> kept_;
  std::array<float, kPoolCount> scale_{};
};

}  // namespace

LinearModel learn(const std::vector<Example>& examples, std::size_t features, const LinearSettings& settings) {
  Learner learner(features, settings);
  std::vector<std::uint32_t> order(examples.size());
  for (std::uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  const float steps = static_cast<float>(settings.passes) * static_cast<float>(examples.size());
  std::size_t done = 0;
  for (int pass = 0; pass < settings.passes; ++pass) {
    for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[learner.chance().next() % i]);
    for (const std::uint32_t i : order)
      learner.learn(examples[i], settings.rate * (1 - static_cast<float>(done++) / steps));
  }
  return learner.finish();
}

}  // namespace smartroute::router_lab
