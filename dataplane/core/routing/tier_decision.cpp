#include "dataplane/core/routing/tier_decision.hpp"

#include <charconv>

#include "dataplane/core/routing/ascii.hpp"

namespace smartroute::routing {
namespace {

using config::RouterMode;
using config::TierName;

constexpr std::size_t kMaxShownRule = 64;  // bytes of a keyword in a reason

void decide_at_random(const View& view, Random& random, TierDecision& decision) {
  std::array<TierName, config::kTierCount> filled{};
  std::size_t count = 0;
  for (std::size_t i = 0; i < config::kTierCount; ++i)
    if (!view.tiers[i].models.empty()) filled[count++] = static_cast<TierName>(i);
  decision.mode = "random";
  decision.reason = "random";
  decision.tier = count == 0 ? view.config.router.default_tier : filled[random.below(count)];
}

void decide_by_rule(const classify::KeywordHit& hit, TierDecision& decision) {
  decision.tier = hit.tier;
  decision.mode = "keyword";
  decision.reason = "keyword:" + ascii_text(hit.rule, kMaxShownRule);
  decision.confidence = 1;  // a rule its owner wrote
  decision.rules.push_back(hit.rule);
}

void decide_by_default(const View& view, TierDecision& decision) {
  decision.tier = view.config.router.default_tier;
  decision.mode = "default";
  decision.reason = "default_tier";
}

void decide_by_classifier(const View& view, const classify::Subject& subject, TierDecision& decision) {
  const classify::Opinion opinion = view.embedded->classify(subject);
  decision.tier = opinion.tier;
  decision.mode = "embedded";
  char digits[8];
  const auto end = std::to_chars(digits, digits + sizeof digits, opinion.confidence, std::chars_format::fixed, 2).ptr;
  decision.reason.assign("embedded:").append(digits, end);
  decision.confidence = static_cast<double>(opinion.confidence);
  decision.probability = opinion.probability;
}

void raise(TierName to, std::string_view by, TierDecision& decision) {
  if (!decision.tier || to <= *decision.tier) return;
  if (!decision.first_tier) decision.first_tier = decision.tier;
  decision.reason += "; raised from " + std::string(config::name_of(*decision.tier)) + " by " + std::string(by);
  decision.raised_by = by;
  decision.tier = to;
}

}  // namespace

Name read_name(const View& view, std::string_view model) {
  Name out;
  if (model == "auto") {
    out.asked = Asked::Auto;
    return out;
  }
  for (std::size_t i = 0; i < config::kTierCount; ++i)
    if (model == config::name_of(static_cast<TierName>(i))) {
      out.asked = Asked::Tier;
      out.tier = static_cast<TierName>(i);
      return out;
    }
  if (const auto known = view.by_name.find(model); known != view.by_name.end()) {
    out.asked = Asked::Named;
    out.model = known->second;
    return out;
  }
  out.target = view.target_of(model);
  if (out.target.names_provider && !out.target.model.empty()) out.asked = Asked::Named;
  return out;
}

bool goes_through_router(const View& view, const Name& name) noexcept {
  return name.asked == Asked::Auto ||
         (name.asked == Asked::Unknown && view.config.gateway.unknown_model == config::UnknownModel::Route);
}

TierDecision first_opinion(const View& view, const classify::Subject& subject, std::optional<TierName> pinned, Random& random,
                           std::string& scratch) {
  const config::Router& router = view.config.router;
  TierDecision decision;
  if (router.mode == RouterMode::Random) {
    decide_at_random(view, random, decision);
    return decision;
  }
  if (pinned && (subject.answers_tool || *pinned == TierName::T3)) {
    decision.tier = pinned;
    decision.mode = "session";
    decision.reason = subject.answers_tool ? "session; answers a tool call" : "session";
    decision.confidence = 1;
    return decision;
  }
  const classify::KeywordOpinion rules = view.keywords.classify(subject.ask, scratch);
  if (rules.at_least) decision.floor = rules.at_least->tier;
  const bool heeds_rules = router.mode == RouterMode::Keyword || router.mode == RouterMode::Cascade;
  if (heeds_rules && rules.decides) {
    decide_by_rule(*rules.decides, decision);
  } else if (router.mode == RouterMode::Keyword || subject.ask.empty() || !view.embedded) {
    decide_by_default(view, decision);
  } else {
    decide_by_classifier(view, subject, decision);
    const bool doubts = router.mode == RouterMode::Llm || decision.confidence < router.min_confidence;
    decision.wants_judge = doubts && view.judge != nullptr;
  }
  if (rules.at_least) decision.rules.push_back(rules.at_least->rule);
  return decision;
}

void hear_judge(const JudgeVerdict& verdict, TierDecision& decision) {
  decision.wants_judge = false;
  decision.judge = name_of(verdict.outcome);
  decision.judge_us = verdict.took_us;
  if (verdict.outcome != JudgeOutcome::Answered && verdict.outcome != JudgeOutcome::Cached) {
    decision.reason += "; judge " + std::string(decision.judge);
    return;
  }
  decision.tier = verdict.tier;
  decision.mode = "llm";
  decision.reason = verdict.outcome == JudgeOutcome::Cached ? "llm:cached" : "llm";
  decision.confidence = 1;  // the owner trusts the judge; it gives no number of its own
}

void settle(const View& view, std::uint64_t prompt_tokens, std::optional<TierName> pinned, TierDecision& decision) {
  const config::Router& router = view.config.router;
  if (router.mode == RouterMode::Random) return;
  raise(decision.floor, "keyword", decision);
  if (router.long_context_tokens > 0 && prompt_tokens >= static_cast<std::uint64_t>(router.long_context_tokens))
    raise(router.long_context_tier, "long_context", decision);
  if (pinned) raise(*pinned, "session", decision);
}

bool sticks(const View& view) noexcept {
  return view.config.router.session_ttl.count() > 0 && view.config.router.mode != RouterMode::Random;
}

std::string_view name_of(JudgeOutcome outcome) noexcept {
  switch (outcome) {
    case JudgeOutcome::Answered: return "ok";
    case JudgeOutcome::Cached: return "cached";
    case JudgeOutcome::Timeout: return "timeout";
    case JudgeOutcome::Unreachable: return "unreachable";
    case JudgeOutcome::Refused: return "refused";
    case JudgeOutcome::Babble: return "babble";
    case JudgeOutcome::Open: return "breaker_open";
    case JudgeOutcome::NoCredentials: return "no_credentials";
    case JudgeOutcome::Abandoned: return "abandoned";
    case JudgeOutcome::kCount: break;
  }
  return "unknown";
}

}  // namespace smartroute::routing
