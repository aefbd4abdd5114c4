#include "dataplane/core/routing/attempt_chain.hpp"

#include <algorithm>

#include "dataplane/core/routing/scoreboard.hpp"

namespace smartroute::routing {
namespace {

using resilience::AttemptOutcome;
using resilience::Next;
using std::chrono::ceil;
using std::chrono::floor;

constexpr int kHiccup = 500;

// Failures after which the same model, asked again a moment later, may well answer.
bool passes_soon(AttemptOutcome outcome) noexcept {
  switch (outcome) {
    case AttemptOutcome::ConnectFailed:
    case AttemptOutcome::Reset:
    case AttemptOutcome::RetryableStatus:
    case AttemptOutcome::BadResponse:
    case AttemptOutcome::ErrorInBody:
    case AttemptOutcome::EmptyAnswer:
    case AttemptOutcome::BrokeMidStream:
    case AttemptOutcome::IdleTimeout: return true;
    default: return false;
  }
}

bool was_reached(AttemptOutcome outcome) noexcept {
  switch (outcome) {
    case AttemptOutcome::DnsFailed:
    case AttemptOutcome::ConnectFailed:
    case AttemptOutcome::ConnectTimeout:
    case AttemptOutcome::TlsFailed: return false;
    default: return true;
  }
}

}  // namespace

void AttemptChain::begin(const View& view, const Plan& plan) {
  clear();
  view_ = &view;
  plan_ = &plan;
  for (const Candidate& candidate : plan.candidates) {
    if (!candidate.skip.empty()) continue;
    entries_.push_back({candidate.model});
  }
}

void AttemptChain::clear() noexcept {
  entries_.clear();
  silent_.clear();
  again_.clear();
  failed_.clear();
  view_ = nullptr;
  plan_ = nullptr;
  current_ = same_ = nullptr;
  window_.reset();
  soonest_.reset();
  too_long_ = over_ = budget_spent_ = hiccup_used_ = waiting_ = false;
  attempts_ = reached_ = pauses_ = 0;
  waited_ = {};
}

AttemptChain::Step AttemptChain::next(SteadyTime now, resilience::RetryBudget& budget) {
  if (over_ || attempts_ >= plan_->max_attempts) return {};
  if (same_ != nullptr) {
    if (now < same_at_) return wait_until(same_at_, now);
    const ModelEntry& model = *std::exchange(same_, nullptr);
    if (!model.stats->cooling(now) && take_token(now, budget)) return try_model(model, false, now);
  }
  bool cooling = false;
  for (const bool doubtful : {false, true})
    for (Entry& entry : entries_) {
      if (entry.tried || entry.doubtful != doubtful || !may_run(*entry.model)) continue;
      if (!entry.model->stats->cooling(now))
        if (const Step step = take(entry, now, budget); step.what != Step::What::Stop) return step;
      cooling = cooling || (!entry.tried && entry.doubtful == doubtful);
    }
  if (cooling)
    if (const Step step = next_cooling(now, budget); step.what != Step::What::Stop) return step;
  return revisit(now, budget);
}

// All that are left cool. One that was asked to be left alone for a moment, or is just being probed, is worth a wait; else the least bad
// is better than nobody.
AttemptChain::Step AttemptChain::next_cooling(SteadyTime now, resilience::RetryBudget& budget) {
  std::optional<config::Millis> soonest;
  for (Entry& entry : entries_) {
    if (entry.tried || !may_run(*entry.model)) continue;
    if (has_failed(*entry.model)) {  // here and now: revisit() knows when it may be asked again
      entry.tried = true;
      continue;
    }
    const config::Millis left = entry.model->stats->cooling_for(now);
    const bool worth_it = left == config::Millis(0) || entry.model->stats->asked_to_wait();
    if (worth_it && (!soonest || left < *soonest)) soonest = left;
  }
  const config::Millis had = waited_by(now);
  if (soonest && had + *soonest <= view_->config.retry.max_wait)
    return wait_until(now + std::max<config::Millis>(*soonest, kPollEvery), now);
  for (Entry& entry : entries_) {
    if (entry.tried || !may_run(*entry.model)) continue;
    entry.tried = true;
    if (attempts_ == 0 || entry.model->stats->proven(now) || take_token(now, budget))
      return try_model(*entry.model, entry.model->stats->claim_probe(now), now);
  }
  return {};
}

bool AttemptChain::take_token(SteadyTime now, resilience::RetryBudget& budget) {
  const bool paid = budget.take(now, view_->config.retry);
  budget_spent_ = budget_spent_ || !paid;
  return paid;
}

bool AttemptChain::has_failed(const ModelEntry& model) const {
  return std::find(failed_.begin(), failed_.end(), &model) != failed_.end();
}

bool AttemptChain::may_run(const ModelEntry& model) const {
  if (std::find(silent_.begin(), silent_.end(), model.upstream) != silent_.end()) return false;
  if (!too_long_) return true;
  return !window_ || !model.context_window || *model.context_window > *window_;
}

bool AttemptChain::has_alternative(const Entry& entry, SteadyTime now) const {
  return std::any_of(entries_.begin(), entries_.end(), [&](const Entry& other) {
    return &other != &entry && !other.tried && !other.doubtful && other.model->upstream != entry.model->upstream && may_run(*other.model) &&
           !other.model->stats->cooling(now);
  });
}

bool AttemptChain::another_is_proven(const Entry& entry, SteadyTime now) const {
  return std::any_of(entries_.begin(), entries_.end(), [&](const Entry& other) {
    return &other != &entry && !other.tried && other.doubtful == entry.doubtful && may_run(*other.model) && !other.model->stats->cooling(now) &&
           other.model->stats->proven(now);
  });
}

std::size_t AttemptChain::untried() const {
  return static_cast<std::size_t>(std::count_if(entries_.begin(), entries_.end(), [this](const Entry& entry) { return !entry.tried && may_run(*entry.model); }));
}

std::size_t AttemptChain::distinct_models() const {
  std::vector<const ModelEntry*> models;
  for (const Entry& entry : entries_)
    if (std::find(models.begin(), models.end(), entry.model) == models.end()) models.push_back(entry.model);
  return models.size();
}

// A candidate that does not cool. Stop: not this one, not now.
AttemptChain::Step AttemptChain::take(Entry& entry, SteadyTime now, resilience::RetryBudget& budget) {
  const ModelEntry& model = *entry.model;
  if (!entry.doubtful && has_alternative(entry, now)) {
    const auto advice = model.stats->connects.advice(now);
    if (advice == ConnectCrowd::Advice::Wait) return wait_until(now + kPollEvery, now);
    entry.doubtful = advice == ConnectCrowd::Advice::Elsewhere;
    if (entry.doubtful) return {};
  }
  if (const auto blocked = pay(model, now, budget)) {
    if (blocked->what == Step::What::Wait && another_is_proven(entry, now)) return {};  // it answers now, and costs nothing
    if (blocked->what == Step::What::Stop) entry.tried = true;
    return *blocked;
  }
  const bool probe = model.stats->claim_probe(now);
  if (!probe && model.stats->cooling(now)) return {};  // another request is the probe
  entry.tried = true;
  return try_model(model, probe, now);
}

// nullopt: the attempt is paid for. The first is free, and so is going where answers are known to come from.
std::optional<AttemptChain::Step> AttemptChain::pay(const ModelEntry& model, SteadyTime now, resilience::RetryBudget& budget) {
  if (attempts_ == 0 || model.stats->proven(now) || budget.take(now, view_->config.retry)) return std::nullopt;
  const bool unknown = !model.stats->failing();
  const config::Millis had = waited_by(now);
  if (unknown && had < kProofWait) return wait_until(now + kPollEvery, now);
  budget_spent_ = true;
  return Step();
}

// Every candidate had its turn. Attempts that are left go to those that failed in passing.
AttemptChain::Step AttemptChain::revisit(SteadyTime now, resilience::RetryBudget& budget) {
  const Again* soonest = nullptr;
  for (const Again& again : again_) {
    if (!may_run(*again.model)) continue;
    if (soonest == nullptr || again.not_before < soonest->not_before) soonest = &again;
  }
  if (soonest == nullptr) return {};
  if (now < soonest->not_before) return wait_until(soonest->not_before, now);
  const ModelEntry& model = *soonest->model;
  forget(model);
  if (!take_token(now, budget)) return {};
  return try_model(model, model.stats->claim_probe(now), now);
}

AttemptChain::Step AttemptChain::try_model(const ModelEntry& model, bool probe, SteadyTime now) {
  waited_ = waited_by(now);
  waiting_ = false;
  current_ = &model;
  ++attempts_;
  Step step;
  step.what = Step::What::Try;
  step.model = &model;
  step.probe = probe;
  return step;
}

config::Millis AttemptChain::waited_by(SteadyTime now) const {
  return waiting_ ? floor<config::Millis>(now - wait_began_) : config::Millis(0);
}

AttemptChain::Step AttemptChain::wait_until(SteadyTime then, SteadyTime now) {
  if (!std::exchange(waiting_, true)) wait_began_ = now;
  Step step;
  step.what = Step::What::Wait;
  step.wait = std::max<config::Millis>(ceil<config::Millis>(then - now), config::Millis(1));
  return step;
}

void AttemptChain::failed(AttemptOutcome outcome, int status, std::optional<config::Millis> asked, SteadyTime now, Random& random) {
  const ModelEntry& model = *current_;
  failed_.push_back(&model);
  if (was_reached(outcome)) ++reached_;
  if (asked && (!soonest_ || *asked < *soonest_)) soonest_ = asked;
  forget(model);
  // Half of it by chance, so that requests that failed together do not come back together.
  const auto pause = std::chrono::duration_cast<config::Millis>(kFirstPause * (1 << std::min(pauses_, 6)) * (0.5 + random.unit()));
  switch (resilience::next_after(outcome, view_->retry_rules)) {
    case Next::Nobody: over_ = true; return;
    case Next::NotThisHost: silent_.push_back(model.upstream); return;
    case Next::LargerWindow:
      too_long_ = true;
      if (model.context_window && (!window_ || *model.context_window > *window_)) window_ = model.context_window;
      for (Entry& entry : entries_)
        if (entry.model == &model) entry.tried = true;
      add_larger_windows(model);
      return;
    case Next::OthersOrSame:
      if (status == kHiccup && !hiccup_used_ && plan_->max_attempts - attempts_ > static_cast<int>(untried())) {
        hiccup_used_ = true;
        same_ = &model;
        same_at_ = now + pause;
        ++pauses_;
        return;
      }
      [[fallthrough]];
    case Next::Others: break;
  }
  if (outcome == AttemptOutcome::RateLimited) {
    if (asked && *asked <= view_->config.retry.max_wait) again_.push_back({&model, now + *asked});
  } else if (passes_soon(outcome) && asked.value_or(config::Millis(0)) <= view_->config.retry.max_wait) {
    again_.push_back({&model, now + std::max(pause, asked.value_or(config::Millis(0)))});
    ++pauses_;
  }
}

// A prompt that is too long for this tier's models may fit one of a tier above.
void AttemptChain::add_larger_windows(const ModelEntry& failed) {
  if (!plan_->decision.tier || plan_->strategy.empty()) return;  // a named model's fallbacks are its owner's choice
  const auto known = [this](const ModelEntry* model) {
    return std::any_of(entries_.begin(), entries_.end(), [model](const Entry& entry) { return entry.model == model; });
  };
  const auto usable = [&](const ModelEntry& model) {
    return &model != &failed && model.context_window && (!window_ || *model.context_window > *window_) && model.upstream != nullptr &&
           !model.upstream->credentials_missing;
  };
  for (auto tier = static_cast<std::size_t>(*plan_->decision.tier) + 1; tier < view_->tiers.size(); ++tier)
    for (const ModelEntry* model : view_->tiers[tier].models)
      if (!known(model) && usable(*model)) entries_.push_back({model});
  // Windows that are known to be larger before those nobody knows.
  std::stable_sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
    return a.model->context_window.has_value() && !b.model->context_window.has_value();
  });
}

void AttemptChain::forget(const ModelEntry& model) {
  std::erase_if(again_, [&model](const Again& again) { return again.model == &model; });
}

}  // namespace smartroute::routing
