// From rows to weights. Deterministic: equal rows, settings and toolchain give equal bytes.
//
// Model: a tier's score is the sum over the pools of (the sum of its features' numbers) / sqrt(how many features are known).
// Linear, so the mean of several trainings is one model of the same size and speed.
// Loss: cross-entropy with smoothed labels, rows weighted by (rows of the same family and language)^-balance.
// Optimiser: AdaGrad (Duchi, Hazan, Singer 2011), one row at a time, a learning rate that falls to zero.
// Features of a row are dropped by chance, so no n-gram can carry a label alone.
// A first training over all features finds those that move scores most; they get the slots, and are trained again.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "dataplane/core/classify/tier_weights.hpp"
#include "tools/router_lab/corpus.hpp"

namespace smartroute::router_lab {

struct TrainingSettings {
  std::uint64_t seed = 1;
  std::uint32_t groups = 61'440;  // of the table
  int trainings = 8;              // whose mean is taken
  int passes = 25;
  float rate = 0.15f;
  float drop = 0.15f;  // of features; those of shape are never dropped
  float smoothing = 0.08f;
  float balance = 0.6f;
  std::uint32_t least_rows = 2;  // a feature seen in fewer is not kept
};

// How scores become an opinion; goes into the weights as it is.
struct Decision {
  float sharpness = 1.7f;       // of the probabilities: 1 / temperature
  float cost_of_low = 1.3f;  // of a T3 prompt judged T1; every other error costs 1
};

// The weights with the bytes their view points to.
struct Trained {
  std::vector<std::byte> table;
  classify::TierWeights weights;
};

// Trains on the rows of `corpus` whose number is in `chosen`.
Trained train(const Corpus& corpus, std::span<const std::uint32_t> chosen, const TrainingSettings& settings,
              const Decision& decision);

}  // namespace smartroute::router_lab
