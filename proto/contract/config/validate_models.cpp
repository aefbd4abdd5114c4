#include <algorithm>

#include "contract/config/rules.hpp"

namespace smartroute::config {
namespace {

constexpr double kMaxWeight = 1e6;
constexpr double kMaxPrice = 1e6;  // US dollars for a million tokens
constexpr std::int64_t kMaxContextWindow = 100'000'000;
constexpr std::int64_t kMaxAttempts = 20;
constexpr std::int64_t kMaxRounds = 10;

using ModelIndex =
    std::unordered_map<std::string, std::size_t>;  // canonical name -> position in models

// Fallbacks that lead back to a model that is being walked, found by one depth-first walk over all
// models.
class FallbackCycles {
 public:
  FallbackCycles(const Rules& rules, const ModelIndex& index) : rules_(rules), index_(index) {
    const auto& models = rules.config.models;
    states_.resize(models.size());
    for (std::size_t i = 0; i < models.size(); ++i)
      if (states_[i] == State::Fresh) walk(i);
  }

  // Text about models[model].fallbacks[fallback], or empty.
  std::string at(std::size_t model, std::size_t fallback) const {
    const auto it = closing_.find(model * kMaxFallbacks + fallback);
    return it == closing_.end() ? std::string{} : it->second;
  }

 private:
  enum class State : std::uint8_t { Fresh, Open, Done };
  struct Step {
    std::size_t model;
    std::size_t next = 0;
  };

  void walk(std::size_t start) {
    std::vector<Step> stack{{start}};
    states_[start] = State::Open;
    while (!stack.empty()) {
      Step& step = stack.back();
      const auto& fallbacks = rules_.config.models[step.model].fallbacks;
      if (step.next >= std::min(fallbacks.size(), kMaxFallbacks)) {
        states_[step.model] = State::Done;
        stack.pop_back();
        continue;
      }
      const std::size_t fallback = step.next++;
      const auto target = index_.find(rules_.canonical(fallbacks[fallback].str()));
      if (target == index_.end()) continue;
      if (states_[target->second] == State::Open) {
        closing_.emplace(step.model * kMaxFallbacks + fallback, describe(stack, target->second));
      } else if (states_[target->second] == State::Fresh) {
        states_[target->second] = State::Open;
        stack.push_back({target->second});
      }
    }
  }

  std::string describe(const std::vector<Step>& stack, std::size_t back_to) const {
    constexpr std::size_t kShownSteps = 6;
    if (closing_.size() >= kMaxErrors) return "closes a cycle";
    if (stack.back().model == back_to) return "is the model itself";
    std::size_t first = stack.size();
    while (stack[first - 1].model != back_to) --first;
    std::string out = "closes a cycle: ";
    for (std::size_t i = first - 1; i < stack.size() && i < first - 1 + kShownSteps; ++i)
      out += shown(rules_.config.models[stack[i].model].id.str()) + " -> ";
    if (stack.size() - first + 1 > kShownSteps) out += "... -> ";
    return out + shown(rules_.config.models[back_to].id.str());
  }

  const Rules& rules_;
  const ModelIndex& index_;
  std::vector<State> states_;
  std::unordered_map<std::size_t, std::string> closing_;
};

void check_price(Rules& rules, const std::string& path, const Price& price) {
  const auto check = [&](const char* field, const std::optional<double>& value) {
    if (value) rules.check_range(field_path(path, field), *value, 0.0, kMaxPrice);
  };
  check("input", price.input);
  check("output", price.output);
  check("cached_input", price.cached_input);
  check("cache_write", price.cache_write);
  check("audio_input", price.audio_input);
  check("audio_output", price.audio_output);
}

void check_fallbacks(Rules& rules, const std::string& path, std::size_t model,
                     const FallbackCycles& cycles) {
  const auto& fallbacks = rules.config.models[model].fallbacks;
  if (fallbacks.size() > kMaxFallbacks) rules.report.error(path, "has more than 100 entries");
  std::unordered_set<std::string> seen;
  for (std::size_t i = 0; i < fallbacks.size() && i < kMaxFallbacks; ++i) {
    const std::string at = item_path(path, i);
    if (!rules.check_model_name(at, fallbacks[i].str())) continue;
    if (std::string cycle = cycles.at(model, i); !cycle.empty())
      rules.report.error(at, shown(fallbacks[i].str()) + " " + cycle);
    if (!seen.insert(rules.canonical(fallbacks[i].str())).second)
      rules.report.warn(at, "stands in the list twice");
  }
}

void check_tier_models(Rules& rules, const std::string& path, const Tier& tier) {
  if (tier.models.size() > kMaxTierModels) rules.report.error(path, "has more than 1,000 entries");
  std::unordered_set<std::string> seen;
  for (std::size_t i = 0; i < tier.models.size() && i < kMaxTierModels; ++i) {
    const std::string at = item_path(path, i);
    if (!rules.check_model_name(at, tier.models[i].str())) continue;
    if (!seen.insert(rules.canonical(tier.models[i].str())).second)
      rules.report.warn(at, "stands in the tier twice");
  }
}

void check_weights(Rules& rules, const std::string& path, const Tier& tier,
                   const std::unordered_map<std::string, double>& weights) {
  const bool used = tier.strategy == Strategy::Random || tier.strategy == Strategy::Adaptive;
  if (!used || tier.models.empty()) return;
  for (const auto& name : tier.models) {
    const auto it = weights.find(rules.canonical(name.str()));
    if (it == weights.end() || it->second != 0) return;
  }
  rules.report.error(path, "has only models of weight 0, so none can ever be chosen");
}

// A model without a price can be neither cheap nor dear: it stands last.
void check_prices(Rules& rules, const std::string& path, const Tier& tier) {
  for (const auto& name : tier.models) {
    const std::string id = rules.canonical(name.str());
    const auto priced = [&](const Model& model) {
      return rules.canonical(model.id.str()) == id && model.price.input && model.price.output;
    };
    const auto& models = rules.config.models;
    if (std::none_of(models.begin(), models.end(), priced))
      return rules.report.warn(path, "is 'cheapest', but " + shown(name.str()) +
                                         " has no input and output price: it is tried last");
  }
}

void check_tier(Rules& rules, const std::string& path, const Tier& tier,
                const std::unordered_map<std::string, double>& weights) {
  check_tier_models(rules, path + ".models", tier);
  check_weights(rules, path + ".models", tier, weights);
  if (tier.strategy == Strategy::Cheapest) check_prices(rules, path + ".strategy", tier);
  rules.check_range(path + ".rounds", std::int64_t{tier.rounds}, 1, kMaxRounds);
  rules.check_range(path + ".max_attempts", std::int64_t{tier.max_attempts}, 1, kMaxAttempts);
  rules.check_timeouts(path + ".timeouts", tier.timeouts);
  rules.check_range(path + ".hold_back.bytes", tier.hold_back.bytes, 1, kMaxHoldBytes);
  rules.check_range(path + ".hold_back.time", tier.hold_back.time, Millis(0), tier.timeouts.first_byte);
  if (tier.on_break == OnBreak::Restart && tier.guarantee == Guarantee::Buffered)
    rules.report.warn(path + ".on_break",
                      "'restart' never happens under guarantee 'buffered': an answer that breaks is replaced before the client sees it");
}

}  // namespace

void check_model_map(Rules& rules) {
  const auto unknown = [&](const std::string& path, const std::string& provider) {
    if (rules.providers.contains(provider)) return;
    rules.report.error(
        path, provider.empty() ? "is empty" : shown(provider) + " is no configured provider",
        rules.nearest.find(provider, rules.provider_ids));
  };
  if (!rules.config.default_provider.empty())
    unknown("default_provider", rules.config.default_provider.str());
  const auto& map = rules.config.model_map;
  if (map.size() > kMaxModelMap)
    return rules.report.error("model_map", "has more than 10,000 entries");
  for (const auto& [name, provider] : map) {
    const std::string path = member_path("model_map", name);
    if (!rules.providers.contains(provider.str()))
      unknown(path, provider.str());
    else if (rules.check_model_name(path, name) && !rules.provider_of(name).empty())
      rules.report.warn(path, "is never looked up: " + shown(name) + " names its provider itself");
  }
}

void check_models(Rules& rules) {
  const auto& models = rules.config.models;
  if (models.size() > kMaxModels)
    return rules.report.error("models", "has more than 10,000 entries");
  ModelIndex index;
  index.reserve(models.size());
  for (std::size_t i = 0; i < models.size(); ++i)
    index.emplace(rules.canonical(models[i].id.str()), i);
  const FallbackCycles cycles(rules, index);
  for (std::size_t i = 0; i < models.size(); ++i) {
    const auto& model = models[i];
    const std::string path = item_path("models", i);
    if (rules.check_model_name(path + ".id", model.id.str())) {
      const std::size_t first = index.at(rules.canonical(model.id.str()));
      if (first != i) {
        const bool same = models[first].id == model.id;
        rules.report.error(path + ".id",
                           shown(model.id.str()) +
                               (same ? " is also the id of " : " is the same model as ") +
                               item_path("models", first));
      }
    }
    rules.check_range(path + ".weight", model.weight, 0.0, kMaxWeight);
    if (model.context_window)
      rules.check_range(path + ".context_window", *model.context_window, 1, kMaxContextWindow);
    check_fallbacks(rules, path + ".fallbacks", i, cycles);
    rules.check_range(path + ".max_attempts", std::int64_t{model.max_attempts}, 1, kMaxAttempts);
    rules.check_timeouts(path + ".timeouts", model.timeouts);
    check_price(rules, path + ".price", model.price);
  }
}

void check_tiers(Rules& rules) {
  const auto& config = rules.config;
  bool any = false;
  for (const auto& tier : config.tiers) any = any || !tier.models.empty();
  if (!any && !config.providers.empty())
    rules.report.error("tiers", "has no model in any tier, so nothing can be routed");
  std::unordered_map<std::string, double> weights;
  for (const auto& model : config.models)
    if (config.models.size() <= kMaxModels)
      weights.emplace(rules.canonical(model.id.str()), model.weight);
  for (std::size_t i = 0; i < kTierCount; ++i) {
    const std::string path = field_path("tiers", name_of(static_cast<TierName>(i)));
    if (any && config.tiers[i].models.empty())
      rules.report.warn(
          path, "has no models: its requests go to another tier, as router.no_candidate says");
    check_tier(rules, path, config.tiers[i], weights);
  }
}

}  // namespace smartroute::config
