// From rows to weights. Deterministic: equal rows, settings and toolchain give equal bytes.
//
// Model: each of kPoolCount pools is the sum of its features' rows over the square root of their number; the
// tiers' scores are a linear function of the pools, plus one hidden layer of rectified units if there are any.
// Loss: cross-entropy with smoothed labels, rows weighted by (rows of the same family and language)^-balance.
// Optimiser: AdaGrad (Duchi, Hazan, Singer 2011), one row at a time, learning rates falling to zero.
// Each feature of a row is dropped with a chance, so no n-gram can carry a label alone.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "dataplane/core/classify/tier_weights.hpp"
#include "tools/router_lab/corpus.hpp"

namespace smartroute::router_lab {

struct TrainingSettings {
  std::uint64_t seed = 1;
  std::uint32_t groups = 49'152;  // of four slots
  std::uint32_t hidden = 0;
  int passes = 10;
  float row_rate = 0.1f;      // learning rate of feature rows
  float network_rate = 0.02f; // of the rest
  float drop = 0.3f;          // of features
  float smoothing = 0.05f;
  float balance = 0.5f;
  std::uint32_t least_rows = 2;  // a feature seen in fewer is not kept
};

// How scores become an opinion; goes into the weights as it is.
struct Decision {
  float sharpness = 1;       // of the probabilities: 1 / temperature
  float cost_of_low = 1.3f;  // of a T3 prompt judged T1; every other error costs 1
};

// The weights with the bytes their views point to.
struct Trained {
  std::vector<std::uint8_t> tags;
  std::vector<std::int8_t> rows;
  classify::TierWeights weights;
};

// Trains on the rows of `corpus` whose number is in `chosen`.
Trained train(const Corpus& corpus, std::span<const std::uint32_t> chosen, const TrainingSettings& settings,
              const Decision& decision);

}  // namespace smartroute::router_lab
