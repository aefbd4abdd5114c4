#include "tools/router_lab/training.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "tools/router_lab/linear_model.hpp"
#include "tools/router_lab/vocabulary.hpp"

namespace smartroute::router_lab {
namespace {

using classify::kGroupSlots;
using classify::kMarginCount;
using classify::kPoolCount;
using classify::kTierCount;

constexpr float kMostWeight = 5.0f;
constexpr float kMostStep = 127.0f;
constexpr double kClippedShare = 0.0005;  // of the numbers of a pool
constexpr std::uint64_t kFirstSeed = 99;  // of the training that finds the features

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

// The chosen rows with their features renumbered; what has no number is left out.
std::vector<Example> make_examples(const Corpus& corpus, std::span<const std::uint32_t> chosen,
                                   const std::vector<float>& weight, const std::vector<std::uint32_t>& number_of) {
  std::vector<Example> out(chosen.size());
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    const Row& row = corpus.rows[chosen[i]];
    out[i].tier = row.tier;
    out[i].weight = weight[i];
    for (std::size_t p = 0; p < kPoolCount; ++p) {
      auto& features = out[i].features[p];
      for (const std::uint32_t id : row.ids[p])
        if (number_of[id] != kNoSlot) features.push_back(number_of[id]);
      std::sort(features.begin(), features.end());
      features.erase(std::unique(features.begin(), features.end()), features.end());
    }
  }
  return out;
}

LinearSettings linear_settings(const TrainingSettings& s, std::uint64_t seed) {
  return {.seed = seed, .passes = s.passes, .rate = s.rate, .drop = s.drop, .smoothing = s.smoothing};
}

// Ids by how much they move scores over all rows: the spread of their numbers times the square root of their rows.
std::vector<std::uint32_t> by_worth(const Seen& seen, const LinearModel& model) {
  std::vector<std::pair<float, std::uint32_t>> worth;
  for (std::size_t i = 0; i < seen.ids.size(); ++i) {
    const auto& w = model.feature[i];
    const float mean = (w[0] + w[1] + w[2]) / kTierCount;
    float squares = 0;
    for (const float v : w) squares += (v - mean) * (v - mean);
    worth.emplace_back(-std::sqrt(squares * static_cast<float>(seen.rows[seen.ids[i]])), seen.ids[i]);
  }
  std::sort(worth.begin(), worth.end());
  std::vector<std::uint32_t> ids;
  for (const auto& [_, id] : worth) ids.push_back(id);
  return ids;
}

Vocabulary choose_features(const Corpus& corpus, std::span<const std::uint32_t> chosen,
                           const std::vector<float>& weight, const TrainingSettings& settings) {
  const Seen seen = seen_features(corpus, chosen, settings.least_rows);
  std::vector<std::uint32_t> number_of(corpus.hash.size(), kNoSlot);
  for (std::uint32_t i = 0; i < seen.ids.size(); ++i) number_of[seen.ids[i]] = i;
  const LinearModel model = learn(make_examples(corpus, chosen, weight, number_of), seen.ids.size(),
                                  linear_settings(settings, kFirstSeed));
  return give_slots(corpus, by_worth(seen, model), settings.groups);
}

LinearModel mean_model(const std::vector<Example>& examples, std::size_t slots, const TrainingSettings& settings) {
  LinearModel mean;
  mean.feature.resize(slots);
  const float part = 1.0f / static_cast<float>(settings.trainings);
  for (int i = 0; i < settings.trainings; ++i) {
    const LinearModel one =
        learn(examples, slots, linear_settings(settings, settings.seed + static_cast<std::uint64_t>(i)));
    for (std::size_t t = 0; t < kTierCount; ++t) mean.start[t] += part * one.start[t];
    for (std::size_t f = 0; f < slots; ++f)
      for (std::size_t t = 0; t < kTierCount; ++t) mean.feature[f][t] += part * one.feature[f][t];
  }
  return mean;
}

// The pool a slot's feature is in; a slot belongs to one.
std::vector<std::uint8_t> pools_of(const std::vector<Example>& examples, std::size_t slots) {
  std::vector<std::uint8_t> pool(slots, 0);
  for (const Example& example : examples)
    for (std::size_t p = 0; p < kPoolCount; ++p)
      for (const std::uint32_t slot : example.features[p]) pool[slot] = static_cast<std::uint8_t>(p);
  return pool;
}

// The size that all but kClippedShare of a pool's numbers stay under, in 127 steps.
float step_for(std::vector<float> sizes) {
  if (sizes.empty()) return 1.0f / kMostStep;
  const auto nth = sizes.begin() + static_cast<std::ptrdiff_t>(static_cast<double>(sizes.size()) * (1 - kClippedShare));
  std::nth_element(sizes.begin(), nth, sizes.end());
  return std::max(*nth, 1e-6f) / kMostStep;
}

Trained quantise(const LinearModel& model, const std::vector<std::uint8_t>& tags,
                 const std::vector<std::uint8_t>& pool) {
  Trained out;
  classify::TierWeights& w = out.weights;
  const auto margin = [&model](std::size_t slot, std::size_t m) {
    return model.feature[slot][m + 1] - model.feature[slot][0];
  };
  for (std::size_t p = 0; p < kPoolCount; ++p) {
    std::vector<float> sizes;
    for (std::size_t slot = 0; slot < tags.size(); ++slot)
      if (tags[slot] != 0 && pool[slot] == p)
        for (std::size_t m = 0; m < kMarginCount; ++m) sizes.push_back(std::fabs(margin(slot, m)));
    w.step[p] = step_for(std::move(sizes));
  }
  out.table.assign(tags.size() / kGroupSlots * classify::kGroupBytes, std::byte{0});
  for (std::size_t slot = 0; slot < tags.size(); ++slot) {
    if (tags[slot] == 0) continue;
    std::byte* group = out.table.data() + slot / kGroupSlots * classify::kGroupBytes;
    const std::size_t place = slot % kGroupSlots;
    group[place] = static_cast<std::byte>(tags[slot]);
    for (std::size_t m = 0; m < kMarginCount; ++m)
      group[classify::kRowsInGroup + place * kMarginCount + m] = static_cast<std::byte>(static_cast<std::int8_t>(
          std::clamp(std::nearbyint(margin(slot, m) / w.step[pool[slot]]), -kMostStep, kMostStep)));
  }
  for (std::size_t m = 0; m < kMarginCount; ++m) w.start[m] = model.start[m + 1] - model.start[0];
  return out;
}

}  // namespace

Trained train(const Corpus& corpus, std::span<const std::uint32_t> chosen, const TrainingSettings& settings,
              const Decision& decision) {
  const std::vector<float> weight = row_weights(corpus, chosen, settings.balance);
  const Vocabulary vocabulary = choose_features(corpus, chosen, weight, settings);
  const std::vector<Example> examples = make_examples(corpus, chosen, weight, vocabulary.slot_of);
  const std::size_t slots = vocabulary.tags.size();
  Trained out = quantise(mean_model(examples, slots, settings), vocabulary.tags, pools_of(examples, slots));
  classify::TierWeights& w = out.weights;
  w.groups = settings.groups;
  w.table = out.table;
  w.sharpness = decision.sharpness;
  for (std::size_t judged = 0; judged < kTierCount; ++judged)
    for (std::size_t real = 0; real < kTierCount; ++real)
      w.cost[judged][real] = judged == real ? 0.0f : judged == 0 && real == 2 ? decision.cost_of_low : 1.0f;
  return out;
}

}  // namespace smartroute::router_lab
