#include "dataplane/core/routing/plan.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

#include "dataplane/core/routing/scoreboard.hpp"
#include "dataplane/core/routing/strategy.hpp"

namespace smartroute::routing {
namespace {

using config::Strategy;
using config::TierName;

constexpr std::size_t kMaxCandidates = 256;  // of one plan, all rounds together
// What an answer is taken to be long, for its price, when the client sets no limit.
constexpr std::uint64_t kAssumedOutputTokens = 500;

constexpr std::string_view kNoCredentials = "no_credentials";
constexpr std::string_view kNotMultimodal = "not_multimodal";
constexpr std::string_view kContextWindow = "context_window";
constexpr const char* kCooling = "cooling";
constexpr const char* kStalled = "stalled";
constexpr const char* kProbe = "probe";

enum class Images : std::uint8_t { Matter, Ignored };

// What a request asks of a model, less what had to be given up.
struct Needs {
  Images images = Images::Ignored;
  std::uint64_t window = 0;  // tokens
};

std::uint64_t tokens_needed(const Facts& facts) noexcept {
  const std::uint64_t sum = facts.prompt_tokens + facts.max_output_tokens;
  return sum < facts.prompt_tokens ? std::numeric_limits<std::uint64_t>::max() : sum;
}

// 0: unknown, so it fits.
std::uint64_t window_of(const ModelEntry& model) noexcept {
  return model.context_window && *model.context_window > 0 ? static_cast<std::uint64_t>(*model.context_window) : 0;
}

// Why a model must not be tried; empty: it may.
std::string_view fault_of(const ModelEntry& model, const Needs& needs) noexcept {
  if (model.upstream->credentials_missing) return kNoCredentials;
  if (needs.images == Images::Matter && model.multimodal == false) return kNotMultimodal;
  if (const std::uint64_t window = window_of(model); window != 0 && window < needs.window) return kContextWindow;
  return {};
}

bool any_usable(const std::vector<Candidate>& candidates) noexcept {
  return std::any_of(candidates.begin(), candidates.end(),
                     [](const Candidate& c) { return c.skip.empty(); });
}

// The tiers to try for a request of one tier, in order: itself, those above from the nearest, those
// below from the nearest.
struct SearchOrder {
  SearchOrder(TierName tier, config::NoCandidate rule) noexcept {
    const auto wanted = static_cast<std::size_t>(tier);
    add(wanted);
    if (rule == config::NoCandidate::Fail) return;
    for (std::size_t t = wanted + 1; t < config::kTierCount; ++t) add(t);
    if (rule == config::NoCandidate::UpThenDown)
      for (std::size_t t = wanted; t-- > 0;) add(t);
  }
  const TierName* begin() const noexcept { return tiers.data(); }
  const TierName* end() const noexcept { return tiers.data() + count; }

 private:
  void add(std::size_t tier) noexcept { tiers[count++] = static_cast<TierName>(tier); }
  std::array<TierName, config::kTierCount> tiers{};
  std::size_t count = 0;
};

// Nano-dollars for this very prompt.
std::optional<std::int64_t> price_of(const ModelEntry& model, const Facts& facts) noexcept {
  prices::Quantities used;
  used.prompt = facts.prompt_tokens;
  used.completion = facts.max_output_tokens != 0 ? facts.max_output_tokens : kAssumedOutputTokens;
  return prices::cost(model.price, used);
}

// A short text on the stack: notes are written for each request.
class Note {
 public:
  Note& text(std::string_view part) noexcept {
    const std::size_t n = std::min(part.size(), left());
    at_ = std::copy_n(part.data(), n, at_);
    return *this;
  }
  Note& number(double value) noexcept {
    if (value == std::floor(value)) return whole(value);  // ten times cheaper
    return written(std::to_chars(at_, text_.data() + text_.size(), value));
  }
  Note& whole(double value) noexcept {
    return written(std::to_chars(at_, text_.data() + text_.size(), static_cast<std::uint64_t>(std::llround(std::clamp(value, 0.0, 1e15)))));
  }
  // Nano-dollars, not negative, as dollars with six decimals.
  Note& dollars(std::int64_t nanos) noexcept {
    const std::uint64_t micros = (static_cast<std::uint64_t>(nanos) + kNanosOfAMicro / 2) / kNanosOfAMicro;
    text("$").whole(static_cast<double>(micros / kMicros)).text(".");
    std::array<char, 6> digits;
    std::uint64_t rest = micros % kMicros;
    for (std::size_t i = digits.size(); i-- > 0; rest /= 10) digits[i] = static_cast<char>('0' + rest % 10);
    return text({digits.data(), digits.size()});
  }
  std::string str() const { return std::string(text_.data(), static_cast<std::size_t>(at_ - text_.data())); }

 private:
  static constexpr std::uint64_t kMicros = 1'000'000;
  static constexpr std::uint64_t kNanosOfAMicro = 1'000;
  std::size_t left() const noexcept { return text_.size() - static_cast<std::size_t>(at_ - text_.data()); }
  Note& written(std::to_chars_result result) noexcept {
    if (result.ec == std::errc()) at_ = result.ptr;
    return *this;
  }
  std::array<char, 96> text_;
  char* at_ = text_.data();
};

void note_speed(const Standing& standing, Note& note) noexcept {
  if (standing.first_byte_ms > 0)
    note.text("first byte ").whole(standing.first_byte_ms).text(" ms, ");
  else
    note.text("speed unknown, ");
  note.whole(standing.in_flight).text(" in flight");
}

// What is the matter with a model; empty: nothing.
const char* trouble_of(const Standing& standing) noexcept {
  if (standing.cooling) return kCooling;
  if (standing.stalled) return kStalled;
  return standing.probe ? kProbe : "";
}

// Why a model stands where it stands.
std::string note_of(Strategy strategy, const Contender& contender) {
  if (const std::string_view trouble = trouble_of(contender.standing); !trouble.empty()) return std::string(trouble);
  Note note;
  switch (strategy) {
    case Strategy::Sequential:
      break;
    case Strategy::Random:
      note.text("weight ").number(contender.weight);
      break;
    case Strategy::Adaptive:
      note.text("health ").whole(100 * contender.standing.health).text(", ");
      note_speed(contender.standing, note);
      break;
    case Strategy::Fastest:
      note_speed(contender.standing, note);
      break;
    case Strategy::Cheapest:
      if (!contender.price) return "price unknown";
      note.dollars(*contender.price);
      break;
  }
  return note.str();
}

// What every step of one call looks at.
struct Situation {
  const View& view;
  const Facts& facts;
  SteadyTime now;
  Random& random;

  const TierEntry& tier(TierName name) const noexcept { return view.tiers[static_cast<std::size_t>(name)]; }
};

// Orders what may be tried of a first round. Skipped candidates keep their places.
class Rounds {
 public:
  Rounds(const Situation& at, Strategy strategy, std::vector<Candidate>& candidates)
      : at_(at), strategy_(strategy), candidates_(candidates) {}

  void order(int rounds) {
    for (std::size_t i = 0; i < candidates_.size(); ++i)
      if (candidates_[i].skip.empty()) ++usable_;
    // The common case is left as it was written: no standing is read beyond two words a model.
    as_written_ = strategy_ == Strategy::Sequential && all_sound();
    if (!as_written_ && usable_ > 0) first_round();
    // Later rounds hold only what may be tried, and exist only when that is more than one model: the
    // same one twice in a row is no failover.
    if (usable_ < 2) return;
    for (int round = 1; round < rounds && candidates_.size() + usable_ <= kMaxCandidates; ++round) {
      if (as_written_)
        repeat_first_round();
      else
        next_round();
    }
  }

 private:
  bool all_sound() const noexcept {
    return std::all_of(candidates_.begin(), candidates_.end(),
                       [this](const Candidate& c) { return !c.skip.empty() || c.model->stats->sound(at_.now); });
  }

  void first_round() {
    for (const Candidate& candidate : candidates_) {
      if (!candidate.skip.empty()) continue;
      Contender contender;
      contender.weight = candidate.model->weight;
      contender.standing = candidate.model->stats->standing(at_.now, at_.view.config.health);
      if (strategy_ == Strategy::Cheapest) contender.price = price_of(*candidate.model, at_.facts);
      contenders_.push_back(contender);
      models_.push_back(candidate.model);
    }
    order_contenders(strategy_, contenders_, at_.random, order_);
    std::size_t next = 0;
    for (Candidate& candidate : candidates_) {
      if (!candidate.skip.empty()) continue;
      const std::uint32_t index = order_[next++];
      candidate.model = models_[index];
      candidate.note = note_of(strategy_, contenders_[index]);
      candidate.probe = contenders_[index].standing.probe;
    }
  }

  void next_round() {
    if (strategy_ != Strategy::Sequential) order_contenders(strategy_, contenders_, at_.random, order_);
    // The last one again at the front: it changes places with the second. Both are of the same rank, for all are.
    if (models_[order_[0]] == last_usable()) std::swap(order_[0], order_[1]);
    for (const std::uint32_t index : order_) {
      append(models_[index]);
      candidates_.back().probe = contenders_[index].standing.probe;
    }
  }

  void repeat_first_round() {
    if (first_round_size_ == 0) first_round_size_ = candidates_.size();
    candidates_.reserve(candidates_.size() + usable_);
    for (std::size_t i = 0; i < first_round_size_; ++i)
      if (candidates_[i].skip.empty()) append(candidates_[i].model);
  }

  const ModelEntry* last_usable() const noexcept {
    for (std::size_t i = candidates_.size(); i-- > 0;)
      if (candidates_[i].skip.empty()) return candidates_[i].model;
    return nullptr;
  }

  void append(const ModelEntry* model) {
    Candidate& candidate = candidates_.emplace_back();
    candidate.model = model;
  }

  const Situation& at_;
  Strategy strategy_;
  std::vector<Candidate>& candidates_;
  std::size_t usable_ = 0;
  std::size_t first_round_size_ = 0;
  bool as_written_ = false;
  std::vector<Contender> contenders_;
  std::vector<const ModelEntry*> models_;  // of the contenders
  std::vector<std::uint32_t> order_;
};

// Finds the tier that serves, and plans it.
class TierPlan {
 public:
  TierPlan(const Situation& at, TierDecision decision)
      : at_(at), order_(*decision.tier, at.view.config.router.no_candidate) {
    plan_.decision = std::move(decision);
  }

  // Candidates of the decided tier, or of the next that has one. Images and windows are respected in any tier before they are ignored in
  // one: a model that cannot see or hold the prompt would fail for sure, a model of another tier only costs more or knows less. The
  // window gives way first: it is compared with an estimate.
  Result<Plan> make() && {
    Needs needs;
    needs.window = tokens_needed(at_.facts);
    for (const Images images : {Images::Matter, Images::Ignored}) {
      if (images == Images::Matter && !at_.facts.has_images) continue;
      needs.images = images;
      for (const TierName tier : order_)
        if (may_serve(tier, needs)) return serve_from(tier, needs);
      if (const std::uint64_t widest = widest_window(images); widest != 0) {
        Needs less = needs;
        less.window = widest;
        for (const TierName tier : order_)
          if (may_serve(tier, less)) {
            serve(tier, less);
            plan_.decision.reason += "; no context window fits";
            return std::move(plan_);
          }
      }
    }
    // Nothing may be tried. The skipped ones say why.
    for (const TierName tier : order_)
      if (!at_.tier(tier).models.empty()) return serve_from(tier, Needs());
    return fail(ErrorKind::NoRoute, "no model is configured for tier '" +
                                        std::string(config::name_of(*plan_.decision.tier)) + "'");
  }

 private:
  bool may_serve(TierName tier, const Needs& needs) const noexcept {
    const auto& models = at_.tier(tier).models;
    return std::any_of(models.begin(), models.end(), [&](const ModelEntry* model) { return fault_of(*model, needs).empty(); });
  }

  // The largest window of those whose only fault is a small one; 0: there is none.
  std::uint64_t widest_window(Images images) const noexcept {
    Needs any;
    any.images = images;
    std::uint64_t widest = 0;
    for (const TierName tier : order_)
      for (const ModelEntry* model : at_.tier(tier).models)
        if (fault_of(*model, any).empty()) widest = std::max(widest, window_of(*model));
    return widest;
  }

  Plan serve_from(TierName tier, const Needs& needs) {
    serve(tier, needs);
    return std::move(plan_);
  }

  void serve(TierName tier, const Needs& needs) {
    if (const TierName wanted = *plan_.decision.tier; tier != wanted) {
      plan_.decision.reason += "; " + std::string(config::name_of(wanted)) + why_not(wanted, needs) +
                               std::string(config::name_of(tier)) + " serves";
      plan_.decision.tier = tier;
    }
    const TierEntry& entry = at_.tier(tier);
    plan_.strategy = config::name_of(entry.settings.strategy);
    plan_.timeouts = entry.settings.timeouts;
    plan_.max_attempts = entry.settings.max_attempts;
    plan_.guarantee = entry.settings.guarantee;
    plan_.on_break = entry.settings.on_break;
    plan_.hold_back = entry.settings.hold_back;
    plan_.candidates.reserve(entry.models.size());
    for (const ModelEntry* model : entry.models) {
      Candidate& candidate = plan_.candidates.emplace_back();
      candidate.model = model;
      candidate.skip = fault_of(*model, needs);
    }
    Rounds(at_, entry.settings.strategy, plan_.candidates).order(entry.settings.rounds);
  }

  const char* why_not(TierName wanted, const Needs& needs) const noexcept {
    if (at_.tier(wanted).models.empty()) return " empty, ";
    Needs without_window = needs;
    without_window.window = 0;
    return may_serve(wanted, without_window) ? " too small, " : " unusable, ";
  }

  const Situation& at_;
  SearchOrder order_;
  Plan plan_;
};

// Fallbacks as written, but those that stall behind the others, and those in cooldown last. The named model keeps its place, unless it
// cools: its owner named the fallbacks for that.
void order_fallbacks(const Situation& at, std::vector<Candidate>& candidates) {
  struct Place {
    Rank rank = Rank::Fit;
    Standing standing;
    Candidate candidate;
  };
  const auto is_sound = [&at](const Candidate& c) { return !c.skip.empty() || c.model->stats->sound(at.now); };
  if (std::all_of(candidates.begin(), candidates.end(), is_sound)) return;
  std::vector<Place> places;
  for (Candidate& candidate : candidates) {
    Place& place = places.emplace_back();
    if (candidate.skip.empty()) {
      Contender contender;
      contender.standing = candidate.model->stats->standing(at.now, at.view.config.health);
      place.rank = rank_of(Strategy::Sequential, contender);
      place.standing = contender.standing;
      candidate.note = trouble_of(contender.standing);
      candidate.probe = contender.standing.probe;
    }
    place.candidate = std::move(candidate);
  }
  const auto first = places.front().rank == Rank::Cooling ? places.begin() : places.begin() + 1;
  std::stable_sort(first, places.end(), [](const Place& a, const Place& b) {
    if (a.rank != b.rank) return a.rank < b.rank;
    return a.rank == Rank::Cooling && less_bad(a.standing, b.standing);
  });
  for (std::size_t i = 0; i < places.size(); ++i) candidates[i] = std::move(places[i].candidate);
}

// The named model first, whatever it can see or hold: it was asked for. Its fallbacks are the gateway's choice.
Plan plan_named(const Situation& at, const ModelEntry& model) {
  Plan plan;
  plan.decision.mode = "named";
  plan.decision.reason = "asked";
  plan.decision.confidence = 1;
  const auto facts = at.view.facts.find(model.id);
  const config::Model defaults;
  const config::Model& settings = facts == at.view.facts.end() ? defaults : *facts->second;
  plan.timeouts = settings.timeouts;
  plan.max_attempts = settings.max_attempts;
  const auto list = [&](const Needs& needs) {
    plan.candidates.clear();
    const auto add = [&plan](const ModelEntry& entry, std::string_view fault) {
      Candidate& candidate = plan.candidates.emplace_back();
      candidate.model = &entry;
      candidate.skip = fault;
    };
    add(model, fault_of(model, Needs()));
    for (const ModelId& id : settings.fallbacks) {
      const auto fallback = at.view.by_name.find(id.str());
      if (fallback == at.view.by_name.end()) continue;
      const auto same = [&](const Candidate& c) { return c.model == fallback->second; };
      if (std::none_of(plan.candidates.begin(), plan.candidates.end(), same))
        add(*fallback->second, fault_of(*fallback->second, needs));
    }
    return any_usable(plan.candidates);
  };
  Needs needs;
  needs.window = tokens_needed(at.facts);
  if (at.facts.has_images) needs.images = Images::Matter;
  if (!list(needs)) {
    needs.window = 0;
    if (!list(needs)) list(Needs());
  }
  order_fallbacks(at, plan.candidates);
  return plan;
}

Plan plan_own(const Situation& at, const View::Target& target) {
  auto own = std::make_unique<const ModelEntry>(at.view.make_entry(target, at.facts.model));
  Plan plan = plan_named(at, *own);
  plan.own = std::move(own);
  return plan;
}

}  // namespace

Result<Plan> plan(const View& view, const Name& name, TierDecision decision, const Facts& facts, SteadyTime now, Random& random) {
  const Situation at{view, facts, now, random};
  if (name.asked == Asked::Tier) {
    TierDecision asked;
    asked.tier = name.tier;
    asked.mode = "tier";
    asked.reason = "asked";
    asked.confidence = 1;
    return TierPlan(at, std::move(asked)).make();
  }
  if (name.asked == Asked::Named)
    return name.model != nullptr ? plan_named(at, *name.model) : plan_own(at, name.target);
  if (goes_through_router(view, name)) {
    if (!decision.tier) decision.tier = view.config.router.default_tier;
    if (name.asked == Asked::Unknown) decision.reason += "; unknown model";
    return TierPlan(at, std::move(decision)).make();
  }
  if (view.config.gateway.unknown_model == config::UnknownModel::Reject)
    return fail(
        Error(ErrorKind::ModelNotFound, "the model '" + std::string(facts.model) + "' does not exist")
            .with_param("model"));
  if (name.target.upstream == nullptr) return fail(ErrorKind::NoRoute, "no provider is configured");
  Plan plan = plan_own(at, name.target);
  plan.decision.reason = "unknown model, passed on";
  return plan;
}

}  // namespace smartroute::routing
