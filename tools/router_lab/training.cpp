#include "tools/router_lab/training.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "tools/router_lab/vocabulary.hpp"

namespace smartroute::router_lab {
namespace {

using classify::kDimensions;
using classify::kInputs;
using classify::kPoolCount;
using classify::kTierCount;

constexpr float kFirstSquares = 1e-3f;
constexpr float kMostWeight = 5.0f;
constexpr float kMostStep = 127.0f;
constexpr double kClippedShare = 0.0005;  // of the numbers in rows

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
  float unit() { return static_cast<float>(next() >> 40) * 0x1p-24f; }
  float around_zero(float most) { return (unit() * 2 - 1) * most; }

 private:
  std::uint64_t state_;
};

// Numbers that learn: each with the sum of its squared slopes.
struct Learned {
  std::vector<float> value, squares;

  void start(std::size_t count, float most, Chance& chance) {
    value.resize(count);
    for (float& v : value) v = chance.around_zero(most);
    squares.assign(count, kFirstSquares);
  }
  void step(std::size_t at, float slope, float rate) {
    squares[at] += slope * slope;
    value[at] -= rate * slope / std::sqrt(squares[at]);
  }
};

class Learner {
 public:
  Learner(const TrainingSettings& settings, std::size_t slots) : settings_(settings), chance_(settings.seed) {
    const auto hidden = static_cast<float>(settings.hidden);
    rows_.start(slots * kDimensions, 0.05f, chance_);
    hidden_.start(kInputs * settings.hidden, std::sqrt(6.0f / (kInputs + hidden)), chance_);
    hidden_bias_.start(settings.hidden, 0, chance_);
    output_.start(kTierCount * settings.hidden, std::sqrt(6.0f / (hidden + kTierCount)), chance_);
    direct_.start(kTierCount * kInputs, 0.3f, chance_);
    bias_.start(kTierCount, 0, chance_);
    unit_.resize(settings.hidden);
    unit_slope_.resize(settings.hidden);
  }

  void learn(const Row& row, const std::vector<std::uint32_t>& slot_of, float share_done) {
    const float row_rate = settings_.row_rate * (1 - share_done), rate = settings_.network_rate * (1 - share_done);
    pool(row, slot_of);
    const auto slope = output_slopes(row);
    input_slope_.fill(0);
    learn_hidden(slope, rate);
    for (std::size_t t = 0; t < kTierCount; ++t) {
      for (std::size_t i = 0; i < kInputs; ++i) {
        input_slope_[i] += slope[t] * direct_.value[t * kInputs + i];
        direct_.step(t * kInputs + i, slope[t] * input_[i], rate);
      }
      bias_.step(t, slope[t], rate);
    }
    for (std::size_t p = 0; p < kPoolCount; ++p)
      for (const std::uint32_t slot : kept_[p])
        for (std::size_t d = 0; d < kDimensions; ++d)
          rows_.step(slot * kDimensions + d, input_slope_[p * kDimensions + d] * scale_[p], row_rate);
  }

  Chance& chance() { return chance_; }
  Trained finish(std::vector<std::uint8_t> tags, std::uint32_t groups) const;

 private:
  void pool(const Row& row, const std::vector<std::uint32_t>& slot_of) {
    const auto dropped = static_cast<std::uint32_t>(settings_.drop * 4294967040.0f);
    input_.fill(0);
    for (std::size_t p = 0; p < kPoolCount; ++p) {
      kept_[p].clear();
      float* input = input_.data() + p * kDimensions;
      for (const std::uint32_t id : row.ids[p]) {
        const std::uint32_t slot = slot_of[id];
        if (slot == kNoSlot || static_cast<std::uint32_t>(chance_.next() >> 16) < dropped) continue;
        kept_[p].push_back(slot);
        for (std::size_t d = 0; d < kDimensions; ++d) input[d] += rows_.value[slot * kDimensions + d];
      }
      scale_[p] = kept_[p].empty() ? 0.0f : 1.0f / std::sqrt(static_cast<float>(kept_[p].size()));
      for (std::size_t d = 0; d < kDimensions; ++d) input[d] *= scale_[p];
    }
  }

  std::array<float, kTierCount> output_slopes(const Row& row) {
    const std::size_t hidden = settings_.hidden;
    std::copy(hidden_bias_.value.begin(), hidden_bias_.value.end(), unit_.begin());
    for (std::size_t i = 0; i < kInputs; ++i)
      for (std::size_t j = 0; j < hidden; ++j) unit_[j] += input_[i] * hidden_.value[i * hidden + j];
    for (float& u : unit_) u = std::max(u, 0.0f);
    std::array<float, kTierCount> score;
    for (std::size_t t = 0; t < kTierCount; ++t) {
      score[t] = bias_.value[t];
      for (std::size_t j = 0; j < hidden; ++j) score[t] += output_.value[t * hidden + j] * unit_[j];
      for (std::size_t i = 0; i < kInputs; ++i) score[t] += direct_.value[t * kInputs + i] * input_[i];
    }
    const float most = *std::max_element(score.begin(), score.end());
    float sum = 0;
    for (float& s : score) sum += s = std::exp(s - most);
    for (std::size_t t = 0; t < kTierCount; ++t) {
      const float wanted = (t == row.tier ? 1 - settings_.smoothing : 0) + settings_.smoothing / kTierCount;
      score[t] = (score[t] / sum - wanted) * row.weight;
    }
    return score;
  }

  void learn_hidden(const std::array<float, kTierCount>& slope, float rate) {
    const std::size_t hidden = settings_.hidden;
    for (std::size_t j = 0; j < hidden; ++j) {
      float sum = 0;
      for (std::size_t t = 0; t < kTierCount; ++t) sum += slope[t] * output_.value[t * hidden + j];
      unit_slope_[j] = unit_[j] > 0 ? sum : 0;
      for (std::size_t t = 0; t < kTierCount; ++t) output_.step(t * hidden + j, slope[t] * unit_[j], rate);
    }
    for (std::size_t i = 0; i < kInputs; ++i)
      for (std::size_t j = 0; j < hidden; ++j) {
        input_slope_[i] += hidden_.value[i * hidden + j] * unit_slope_[j];
        hidden_.step(i * hidden + j, input_[i] * unit_slope_[j], rate);
      }
    for (std::size_t j = 0; j < hidden; ++j) hidden_bias_.step(j, unit_slope_[j], rate);
  }

  TrainingSettings settings_;
  Chance chance_;
  Learned rows_, hidden_, hidden_bias_, output_, direct_, bias_;
  std::array<std::vector<std::uint32_t>, kPoolCount> kept_;
  std::array<float, kPoolCount> scale_{};
  std::array<float, kInputs> input_{}, input_slope_{};
  std::vector<float> unit_, unit_slope_;
};

Trained Learner::finish(std::vector<std::uint8_t> tags, std::uint32_t groups) const {
  Trained out;
  std::vector<float> sizes;
  for (std::size_t i = 0; i < rows_.value.size(); ++i)
    if (tags[i / kDimensions] != 0) sizes.push_back(std::fabs(rows_.value[i]));
  const auto nth = static_cast<std::size_t>(static_cast<double>(sizes.size()) * (1 - kClippedShare));
  std::nth_element(sizes.begin(), sizes.begin() + static_cast<std::ptrdiff_t>(nth), sizes.end());
  classify::TierWeights& w = out.weights;
  w.step = sizes[nth] / kMostStep;
  out.rows.resize(rows_.value.size());
  for (std::size_t i = 0; i < out.rows.size(); ++i)
    if (tags[i / kDimensions] != 0)
      out.rows[i] =
          static_cast<std::int8_t>(std::clamp(std::nearbyint(rows_.value[i] / w.step), -kMostStep, kMostStep));
  out.tags = std::move(tags);
  w.groups = groups;
  w.hidden = settings_.hidden;
  w.tags = out.tags;
  w.rows = out.rows;
  w.hidden_weights = hidden_.value;
  w.hidden_biases = hidden_bias_.value;
  w.output_weights = output_.value;
  w.direct_weights = direct_.value;
  w.output_biases = bias_.value;
  return out;
}

// Each group of equal family and language counts (its rows)^(1 - balance); the mean weight is 1.
std::vector<float> row_weights(const Corpus& corpus, std::span<const std::uint32_t> chosen, float balance) {
  std::vector<float> rows(corpus.weigh_groups, 0), weight;
  for (const std::uint32_t number : chosen) rows[corpus.rows[number].weigh_with] += 1;
  double sum = 0;
  for (const std::uint32_t number : chosen) {
    weight.push_back(std::pow(rows[corpus.rows[number].weigh_with], -balance));
    sum += weight.back();
  }
  const auto scale = static_cast<float>(static_cast<double>(chosen.size()) / sum);
  for (float& w : weight) w = std::min(w * scale, kMostWeight);
  return weight;
}

}  // namespace

Trained train(const Corpus& corpus, std::span<const std::uint32_t> chosen, const TrainingSettings& settings,
              const Decision& decision) {
  Vocabulary vocabulary = choose_features(corpus, chosen, settings.groups, settings.least_rows);
  Learner learner(settings, vocabulary.tags.size());
  std::vector<Row> rows;
  const std::vector<float> weight = row_weights(corpus, chosen, settings.balance);
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    rows.push_back(corpus.rows[chosen[i]]);
    rows.back().weight = weight[i];
  }
  std::vector<std::uint32_t> order(rows.size());
  for (std::uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  const float steps = static_cast<float>(settings.passes) * static_cast<float>(rows.size());
  std::size_t done = 0;
  for (int pass = 0; pass < settings.passes; ++pass) {
    for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[learner.chance().next() % i]);
    for (const std::uint32_t i : order)
      learner.learn(rows[i], vocabulary.slot_of, static_cast<float>(done++) / steps);
  }
  Trained trained = learner.finish(std::move(vocabulary.tags), settings.groups);
  trained.weights.sharpness = decision.sharpness;
  for (std::size_t judged = 0; judged < kTierCount; ++judged)
    for (std::size_t real = 0; real < kTierCount; ++real)
      trained.weights.cost[judged][real] = judged == real ? 0.0f : judged == 0 && real == 2 ? decision.cost_of_low : 1.0f;
  return trained;
}

}  // namespace smartroute::router_lab
