#include "tools/router_lab/cross_validation.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "dataplane/core/classify/embedded_classifier.hpp"

namespace smartroute::router_lab {

HeldOut cross_validate(const std::vector<Prompt>& prompts, const Corpus& corpus, const TrainingSettings& settings,
                       const Decision& decision, const std::function<void(const std::string&)>& told) {
  HeldOut out;
  out.judgements.resize(prompts.size());
  out.probability.resize(prompts.size());
  for (std::uint32_t family = 0; family < corpus.families.size(); ++family) {
    std::vector<std::uint32_t> chosen;
    for (std::uint32_t i = 0; i < corpus.rows.size(); ++i)
      if (corpus.rows[i].family != family) chosen.push_back(i);
    if (chosen.empty()) continue;
    const auto bytes = classify::write_weights(train(corpus, chosen, settings, decision).weights);
    const auto classifier = classify::EmbeddedClassifier::load(bytes);
    for (std::size_t i = 0; i < prompts.size(); ++i) {
      if (corpus.rows[i].family != family) continue;
      classify::Subject subject;
      subject.ask = prompts[i].text;
      const classify::Opinion opinion = classifier.value().classify(subject);
      out.judgements[i] = {&prompts[i], opinion.tier, opinion.confidence, 0};
      out.probability[i] = opinion.probability;
    }
    told(corpus.families[family]);
  }
  return out;
}

float fit_sharpness(const std::vector<Prompt>& prompts, const HeldOut& held_out, float sharpness_used) {
  std::map<std::string, double> rows;
  for (const Prompt& prompt : prompts) rows[family_of(prompt.source)] += 1;
  const auto loss = [&](double sharpness) {
    double sum = 0;
    for (std::size_t i = 0; i < prompts.size(); ++i) {
      double whole = 0;
      std::array<double, config::kTierCount> power{};
      for (std::size_t t = 0; t < config::kTierCount; ++t)
        whole += power[t] = std::pow(std::max(held_out.probability[i][t], 1e-9f), sharpness / sharpness_used);
      const auto real = static_cast<std::size_t>(prompts[i].tier.value());
      sum -= std::log(power[real] / whole) / rows[family_of(prompts[i].source)];
    }
    return sum;
  };
  double best = sharpness_used, least = loss(best);
  for (double candidate = 0.3; candidate < 3.0; candidate += 0.05)
    if (const double l = loss(candidate); l < least) {
      least = l;
      best = candidate;
    }
  return static_cast<float>(best);
}

}  // namespace smartroute::router_lab
