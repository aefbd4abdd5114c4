// Honest figures: every family of sources is judged by weights that never saw it.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "tools/router_lab/corpus.hpp"
#include "tools/router_lab/metrics.hpp"
#include "tools/router_lab/training.hpp"

namespace smartroute::router_lab {

struct HeldOut {
  std::vector<Judgement> judgements;                             // one a prompt, in order
  std::vector<std::array<float, config::kTierCount>> probability;  // as the weights gave it
};

// Trains one classifier a family and judges the family with it. `told` hears of each family done.
HeldOut cross_validate(const std::vector<Prompt>& prompts, const Corpus& corpus, const TrainingSettings& settings,
                       const Decision& decision, const std::function<void(const std::string&)>& told);

// The sharpness that makes held-out probabilities most likely, each family counting alike.
float fit_sharpness(const std::vector<Prompt>& prompts, const HeldOut& held_out, float sharpness_used);

}  // namespace smartroute::router_lab
