// The learner: a score for each tier, linear in features. What a feature's number is, the caller decides.
#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "contract/config/model.hpp"
#include "dataplane/core/classify/features.hpp"

namespace smartroute::router_lab {

struct Example {
  std::array<std::vector<std::uint32_t>, classify::kPoolCount> features;  // numbers below the model's size, each once
  std::uint8_t tier = 0;
  float weight = 1;
};

struct LinearSettings {
  std::uint64_t seed = 1;
  int passes = 25;
  float rate = 0.15f;
  float drop = 0.15f;
  float smoothing = 0.08f;
};

struct LinearModel {
  std::vector<std::array<float, config::kTierCount>> feature;
  std::array<float, config::kTierCount> start{};
};

LinearModel learn(const std::vector<Example>& examples, std::size_t features, const LinearSettings& settings);

}  // namespace smartroute::router_lab
