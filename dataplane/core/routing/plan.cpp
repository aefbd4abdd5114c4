#include "dataplane/core/routing/plan.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "dataplane/core/routing/ascii.hpp"

namespace smartroute::routing {
namespace {

using config::TierName;

constexpr std::size_t kMaxShownRule = 64;    // bytes of a keyword in a reason
constexpr std::size_t kMaxCandidates = 256;  // of one plan, all rounds together

constexpr std::string_view kNoCredentials = "no_credentials";
constexpr std::string_view kNotMultimodal = "not_multimodal";

// A model name, understood.
struct Name {
  Asked asked = Asked::Unknown;
  TierName tier = TierName::T2;       // when Tier
  const ModelEntry* model = nullptr;  // when Named and configured
  View::Target target;                // when Named and not configured
};

Name read_name(const View& view, std::string_view name) {
  Name out;
  if (name == "auto") {
    out.asked = Asked::Auto;
    return out;
  }
  for (std::size_t i = 0; i < config::kTierCount; ++i)
    if (name == config::name_of(static_cast<TierName>(i))) {
      out.asked = Asked::Tier;
      out.tier = static_cast<TierName>(i);
      return out;
    }
  if (const auto known = view.by_name.find(name); known != view.by_name.end()) {
    out.asked = Asked::Named;
    out.model = known->second;
    return out;
  }
  out.target = view.target_of(name);
  if (out.target.names_provider && !out.target.model.empty()) out.asked = Asked::Named;
  return out;
}

bool goes_through_router(const View& view, const Name& name) noexcept {
  return name.asked == Asked::Auto ||
         (name.asked == Asked::Unknown &&
          view.config.gateway.unknown_model == config::UnknownModel::Route);
}

bool reads_text(const View& view) noexcept {
  return view.config.router.mode != config::RouterMode::Random && !view.keywords.empty();
}

// What the router says about a request that left the choice to it; nullopt when no tier has a
// model.
std::optional<TierDecision> decide(const View& view, const Ask& ask, Random& random,
                                   std::string& scratch) {
  std::vector<TierName> filled;
  for (std::size_t i = 0; i < config::kTierCount; ++i)
    if (!view.tiers[i].models.empty()) filled.push_back(static_cast<TierName>(i));
  if (filled.empty()) return std::nullopt;
  TierDecision decision;
  if (view.config.router.mode == config::RouterMode::Random) {
    decision.tier = filled[random.below(filled.size())];
    decision.mode = "random";
    decision.reason = "random";
    return decision;
  }
  if (reads_text(view))
    if (const auto hit = view.keywords.classify(ask.text, scratch)) {
      decision.tier = hit->tier;
      decision.mode = "keyword";
      decision.reason = "keyword:" + ascii_text(hit->rule, kMaxShownRule);
      decision.confidence = 1;  // a rule its owner wrote
      return decision;
    }
  decision.tier = view.config.router.default_tier;
  decision.mode = "default";
  decision.reason = "default_tier";
  return decision;
}

// The tiers to try for a request of `tier`, in order: itself, those above from the nearest, those
// below from the nearest.
std::vector<TierName> search_order(TierName tier, config::NoCandidate rule) {
  const auto wanted = static_cast<std::size_t>(tier);
  std::vector<TierName> order{tier};
  if (rule == config::NoCandidate::Fail) return order;
  for (std::size_t t = wanted + 1; t < config::kTierCount; ++t)
    order.push_back(static_cast<TierName>(t));
  if (rule == config::NoCandidate::UpThenDown)
    for (std::size_t t = wanted; t-- > 0;) order.push_back(static_cast<TierName>(t));
  return order;
}

enum class Images : std::uint8_t { Matter, Ignored };

Candidate judge(const ModelEntry& model, Images images) noexcept {
  if (model.upstream->credentials_missing) return {&model, kNoCredentials};
  if (images == Images::Matter && model.multimodal == false) return {&model, kNotMultimodal};
  return {&model, {}};
}

bool any_usable(const std::vector<Candidate>& candidates) noexcept {
  return std::any_of(candidates.begin(), candidates.end(),
                     [](const Candidate& c) { return c.skip.empty(); });
}

std::vector<Candidate> candidates_of(const TierEntry& tier, Images images) {
  std::vector<Candidate> out;
  out.reserve(tier.models.size());
  for (const ModelEntry* model : tier.models) out.push_back(judge(*model, images));
  return out;
}

// Later rounds hold only what may be tried, and exist only when that is more than one model: the
// same one twice in a row is no failover.
void add_rounds(std::vector<Candidate>& candidates, int rounds) {
  std::vector<Candidate> usable;
  for (const Candidate& candidate : candidates)
    if (candidate.skip.empty()) usable.push_back(candidate);
  if (usable.size() < 2) return;
  for (int round = 1; round < rounds; ++round) {
    if (candidates.size() + usable.size() > kMaxCandidates) return;
    candidates.insert(candidates.end(), usable.begin(), usable.end());
  }
}

void serve_from(const View& view, TierName tier, std::vector<Candidate> candidates, Plan& plan) {
  const TierName wanted = *plan.decision.tier;
  const TierEntry& entry = view.tiers[static_cast<std::size_t>(tier)];
  if (tier != wanted) {
    const bool is_empty = view.tiers[static_cast<std::size_t>(wanted)].models.empty();
    plan.decision.reason += "; " + std::string(config::name_of(wanted)) +
                            (is_empty ? " empty, " : " unusable, ") +
                            std::string(config::name_of(tier)) + " serves";
    plan.decision.tier = tier;
  }
  plan.timeouts = entry.settings.timeouts;
  plan.max_attempts = entry.settings.max_attempts;
  add_rounds(candidates, entry.settings.rounds);
  plan.candidates = std::move(candidates);
}

// Candidates of the decided tier, or of the next that has one. Images are respected in any tier
// before they are ignored in one: a model that cannot see would fail for sure, a model of another
// tier only costs more or knows less.
Result<Plan> plan_tier(const View& view, TierDecision decision, const Ask& ask) {
  Plan plan;
  plan.decision = std::move(decision);
  const auto order = search_order(*plan.decision.tier, view.config.router.no_candidate);
  const auto tier_of = [&](TierName name) -> const TierEntry& {
    return view.tiers[static_cast<std::size_t>(name)];
  };
  for (const Images images : {Images::Matter, Images::Ignored}) {
    if (images == Images::Matter && !ask.has_images) continue;
    for (const TierName name : order) {
      auto candidates = candidates_of(tier_of(name), images);
      if (!any_usable(candidates)) continue;
      serve_from(view, name, std::move(candidates), plan);
      return plan;
    }
  }
  // Nothing may be tried. The skipped ones say why.
  for (const TierName name : order) {
    if (tier_of(name).models.empty()) continue;
    serve_from(view, name, candidates_of(tier_of(name), Images::Ignored), plan);
    return plan;
  }
  return fail(ErrorKind::NoRoute, "no model is configured for tier '" +
                                      std::string(config::name_of(order.front())) + "'");
}

// The named model first, whatever it can see: it was asked for. Its fallbacks are the gateway's
// choice.
Plan plan_named(const View& view, const ModelEntry& model, const Ask& ask) {
  Plan plan;
  plan.decision.mode = "named";
  plan.decision.reason = "asked";
  plan.decision.confidence = 1;
  const auto facts = view.facts.find(model.id);
  const config::Model defaults;
  const config::Model& settings = facts == view.facts.end() ? defaults : *facts->second;
  plan.timeouts = settings.timeouts;
  plan.max_attempts = settings.max_attempts;
  for (const Images images : {Images::Matter, Images::Ignored}) {
    if (images == Images::Matter && !ask.has_images) continue;
    plan.candidates.assign(1, judge(model, Images::Ignored));
    for (const ModelId& id : settings.fallbacks) {
      const auto fallback = view.by_name.find(id.str());
      if (fallback == view.by_name.end()) continue;
      const auto same = [&](const Candidate& c) { return c.model == fallback->second; };
      if (std::none_of(plan.candidates.begin(), plan.candidates.end(), same))
        plan.candidates.push_back(judge(*fallback->second, images));
    }
    if (any_usable(plan.candidates)) break;
  }
  return plan;
}

Plan plan_own(const View& view, const View::Target& target, const Ask& ask) {
  auto own = std::make_unique<const ModelEntry>(view.make_entry(target, ask.model));
  Plan plan = plan_named(view, *own, ask);
  plan.own = std::move(own);
  return plan;
}

}  // namespace

bool wants_text(const View& view, std::string_view model) {
  return reads_text(view) && goes_through_router(view, read_name(view, model));
}

Result<Plan> plan(const View& view, const Ask& ask, Random& random, std::string& scratch) {
  const Name name = read_name(view, ask.model);
  if (name.asked == Asked::Tier) {
    TierDecision decision;
    decision.tier = name.tier;
    decision.mode = "tier";
    decision.reason = "asked";
    decision.confidence = 1;
    return plan_tier(view, std::move(decision), ask);
  }
  if (name.asked == Asked::Named)
    return name.model != nullptr ? plan_named(view, *name.model, ask)
                                 : plan_own(view, name.target, ask);
  if (goes_through_router(view, name)) {
    auto decision = decide(view, ask, random, scratch);
    if (!decision) return fail(ErrorKind::NoRoute, "no tier has a model");
    if (name.asked == Asked::Unknown) decision->reason += "; unknown model";
    return plan_tier(view, std::move(*decision), ask);
  }
  if (view.config.gateway.unknown_model == config::UnknownModel::Reject)
    return fail(
        Error(ErrorKind::ModelNotFound, "the model '" + std::string(ask.model) + "' does not exist")
            .with_param("model"));
  if (name.target.upstream == nullptr) return fail(ErrorKind::NoRoute, "no provider is configured");
  Plan plan = plan_own(view, name.target, ask);
  plan.decision.reason = "unknown model, passed on";
  return plan;
}

}  // namespace smartroute::routing
