#include "controlplane/core/scoring.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "dataplane/core/resilience/health.hpp"
#include "smartroute/v1/sync.pb.h"

namespace smartroute::control {
namespace {

using config::Millis;
using resilience::HealthKind;

std::int64_t millis_of(WallTime t) { return micros_since_epoch(t) / 1'000; }

std::uint64_t added(std::uint64_t a, std::uint64_t b) noexcept {
  return a > std::numeric_limits<std::uint64_t>::max() - b ? std::numeric_limits<std::uint64_t>::max() : a + b;
}

double within_scores(double score) noexcept {
  return std::isnan(score) ? 0 : std::clamp(score, 0.0, resilience::kMaxScore);
}

// The name of an outcome, of this version or another.
bool is_word(std::string_view text) noexcept {
  return text.size() <= ScoreTable::kMaxReasonBytes &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
}

// How much wall time went by, for a clock that may have been set: never less than none.
Millis passed(std::int64_t from_ms, std::int64_t to_ms) noexcept {
  if (from_ms < 0 || to_ms <= from_ms) return Millis(0);
  return Millis(to_ms - from_ms);
}

}  // namespace

double score_after_all(double score, std::uint64_t successes, const FailureCounts& failures, const config::Penalties& penalties) noexcept {
  double penalty = 0;
  for (std::size_t kind = 0; kind < failures.size(); ++kind)
    penalty += static_cast<double>(failures[kind]) * resilience::penalty_of(static_cast<HealthKind>(kind), penalties);
  constexpr double k = resilience::kSuccessKeeps;
  const double keeps = std::pow(k, static_cast<double>(successes));
  const double share = penalty / (static_cast<double>(successes) + 1);
  const double after = within_scores(within_scores(score) * keeps + share * (1 - keeps * k) / (1 - k));
  return successes > 0 && after < resilience::kForgottenScore ? 0 : after;
}

void ScoreTable::touch(Entry& entry) {
  entry.change = ++change_;
  by_change_.splice(by_change_.begin(), by_change_, entry.place);
}

void ScoreTable::settle(Entry& entry, SteadyTime now) const {
  if (now <= entry.as_of) return;
  entry.last.score = resilience::faded(entry.last.score, now - entry.as_of, rules_.half_life);
  entry.as_of = now;
}

void ScoreTable::cut_cooldown(Entry& entry, SteadyTime now) const {
  entry.cooling_until = std::min(entry.cooling_until, now + std::max(Millis(0), rules_.cooldowns.longest));
}

ModelStanding ScoreTable::standing(const Entry& entry, SteadyTime now) const {
  ModelStanding standing = entry.last;
  if (now > entry.as_of) standing.score = resilience::faded(entry.last.score, now - entry.as_of, rules_.half_life);
  standing.cooling = entry.cooling_until > now ? std::chrono::ceil<Millis>(entry.cooling_until - now) : Millis(0);
  if (standing.cooling == Millis(0)) standing.cooling_reason.clear();
  return standing;
}

ScoreTable::Entry& ScoreTable::enter(const ModelName& name, SteadyTime now) {
  const auto [it, fresh] = entries_.try_emplace(name.id);
  Entry& entry = it->second;
  entry.last.name = name;
  if (fresh) {
    entry.as_of = now;
    entry.place = by_change_.insert(by_change_.end(), &entry);
    if (left_.erase(name.id) > 0) touch(entry);
  }
  return entry;
}

void ScoreTable::configure(const std::vector<ModelName>& models, const config::Health& rules, Moment now) {
  // What went by until now faded by the old rules.
  for (auto& [id, entry] : entries_) settle(entry, now.steady);
  rules_ = rules;
  std::set<std::string_view> named;
  for (const ModelName& name : models) named.insert(name.id);
  for (auto it = entries_.begin(); it != entries_.end();) {
    if (named.contains(it->first)) {
      ++it;
      continue;
    }
    if (it->second.change > 0 && left_.size() < kMaxLeft) left_.insert(it->first);
    gone_models_.emplace_back(++change_, it->first);
    by_change_.erase(it->second.place);
    it = entries_.erase(it);
  }
  for (const ModelName& name : models) enter(name, now.steady);
  for (auto& [id, entry] : entries_) {
    const SteadyTime until = entry.cooling_until;
    cut_cooldown(entry, now.steady);
    if (entry.cooling_until != until) touch(entry);
  }
}

void ScoreTable::load(const SavedHealth& saved, Moment now) {
  const std::int64_t now_ms = millis_of(now.wall);
  const Millis longest = std::max(Millis(0), rules_.cooldowns.longest);
  std::vector<std::string> gone;
  for (const auto& [loaded, saved_at_ms] : saved.models) {
    const auto found = entries_.find(loaded.name.id);
    if (found == entries_.end()) {
      gone.push_back(loaded.name.id);
      continue;
    }
    Entry& entry = found->second;
    // A longer span would overflow as nanoseconds, and everything has faded long before.
    constexpr Millis kLong = std::chrono::hours(24 * 365);
    const Millis since = std::min(passed(saved_at_ms, now_ms), kLong);
    ModelStanding model = loaded;
    model.name = entry.last.name;
    model.score = resilience::faded(within_scores(model.score), since, rules_.half_life);
    if (!is_word(model.cooling_reason)) model.cooling_reason.clear();
    const Millis left = std::clamp(model.cooling, Millis(0), longest);
    entry.cooling_until = left > since ? now.steady + (left - since) : SteadyTime::min();
    entry.last = std::move(model);
    entry.as_of = now.steady;
    touch(entry);
  }
  auto reporters = saved.reporters;
  std::sort(reporters.begin(), reporters.end(),
            [](const SavedReporter& a, const SavedReporter& b) { return a.heard_at_ms < b.heard_at_ms; });
  for (const SavedReporter& reporter : reporters) hear(reporter.reporter).last = reporter;
  saved_ = change_;
  for (std::string& model : gone) gone_models_.emplace_back(++change_, std::move(model));
}

ScoreTable::Heard& ScoreTable::hear(const Reporter& from) {
  if (const auto known = by_reporter_.find(from); known != by_reporter_.end()) {
    heard_.splice(heard_.begin(), heard_, known->second);
    return heard_.front();
  }
  if (heard_.size() >= kMaxReporters) {
    gone_reporters_.emplace_back(++change_, heard_.back().last.reporter);
    by_reporter_.erase(heard_.back().last.reporter);
    heard_.pop_back();
  }
  heard_.emplace_front();
  heard_.front().last.reporter = from;
  by_reporter_.emplace(from, heard_.begin());
  return heard_.front();
}

std::uint64_t ScoreTable::acknowledged(const Reporter& from) const {
  const auto known = by_reporter_.find(from);
  return known == by_reporter_.end() ? 0 : known->second->last.sequence;
}

Taken ScoreTable::take(const v1::HealthReport& report, const Reporter& from, Moment now) {
  Heard& heard = hear(from);
  if (report.sequence() <= heard.last.sequence) {
    ++counts_.reports_repeated;
    return Taken::Repeated;
  }
  ++counts_.reports_taken;
  heard.last.sequence = report.sequence();
  heard.last.heard_at_ms = millis_of(now.wall);
  heard.change = ++change_;
  const std::uint64_t begun = change_;
  const int models = std::min(report.models_size(), kMaxModelsPerReport);
  counts_.surplus += static_cast<std::uint64_t>(report.models_size() - models);
  for (int i = 0; i < models; ++i) {
    const auto found = entries_.find(std::string_view(report.models(i).model()));
    if (found == entries_.end()) {
      ++counts_.unknown_models;
    } else if (found->second.change > begun) {
      ++counts_.surplus;
    } else if (take_tally(found->second, report.models(i), now)) {
      touch(found->second);
    }
  }
  return Taken::Counted;
}

std::uint64_t ScoreTable::clamp_count(std::uint64_t count) {
  if (count > kMaxCountPerReport) ++counts_.clamped;
  return std::min(count, kMaxCountPerReport);
}

FailureCounts ScoreTable::failures_of(const v1::ModelTally& tally) {
  FailureCounts failures{};
  const int rows = std::min(tally.failures_size(), static_cast<int>(failures.size()));
  if (rows < tally.failures_size()) ++counts_.clamped;
  for (int i = 0; i < rows; ++i) {
    const HealthKind kind = resilience::health_kind_named(tally.failures(i).kind());
    if (kind == HealthKind::None || kind == HealthKind::Success) {
      ++counts_.unknown_kinds;
      continue;
    }
    auto& count = failures[static_cast<std::size_t>(kind)];
    count = clamp_count(added(count, tally.failures(i).count()));
  }
  return failures;
}

// False: the tally says nothing.
bool ScoreTable::take_tally(Entry& entry, const v1::ModelTally& tally, Moment now) {
  const FailureCounts failures = failures_of(tally);
  const std::uint64_t successes = clamp_count(tally.successes());
  const bool failed = std::any_of(failures.begin(), failures.end(), [](std::uint64_t count) { return count > 0; });
  if (!failed && successes == 0 && !tally.recovered() && tally.cooling_ms() == 0) return false;
  settle(entry, now.steady);
  ModelStanding& model = entry.last;
  model.score = score_after_all(model.score, successes, failures, rules_.penalties);
  model.successes = added(model.successes, successes);
  for (std::size_t kind = 0; kind < failures.size(); ++kind) model.failures[kind] = added(model.failures[kind], failures[kind]);
  if (successes > 0) model.last_success_ms = millis_of(now.wall);
  if (failed) model.last_failure_ms = millis_of(now.wall);
  if (tally.recovered()) {
    entry.cooling_until = SteadyTime::min();
    model.cooling_reason.clear();
    model.ejections = 0;
  }
  take_cooldown(entry, tally, now.steady);
  return true;
}

void ScoreTable::take_cooldown(Entry& entry, const v1::ModelTally& tally, SteadyTime now) {
  if (tally.cooling_ms() == 0) return;
  const Millis longest = std::max(Millis(0), rules_.cooldowns.longest);
  const Millis left = std::clamp(Millis(tally.cooling_ms()), Millis(0), longest);
  if (left.count() != tally.cooling_ms()) ++counts_.clamped;
  if (left == Millis(0)) return;
  if (entry.cooling_until <= now && entry.last.ejections < std::numeric_limits<std::uint32_t>::max()) ++entry.last.ejections;
  if (now + left <= entry.cooling_until) return;
  entry.cooling_until = now + left;
  const bool named = is_word(tally.cooling_reason());
  if (!named) ++counts_.clamped;
  entry.last.cooling_reason = named ? tally.cooling_reason() : "";
}

std::size_t ScoreTable::reset(std::string_view model, Moment now) {
  const auto forget = [&](Entry& entry) {
    entry.last.score = 0;
    entry.last.ejections = 0;
    entry.last.cooling_reason.clear();
    entry.as_of = now.steady;
    entry.cooling_until = SteadyTime::min();
    touch(entry);
  };
  if (model.empty()) {
    for (auto& [id, entry] : entries_) forget(entry);
    return entries_.size();
  }
  const auto found = entries_.find(model);
  if (found == entries_.end()) return 0;
  forget(found->second);
  return 1;
}

std::vector<ModelStanding> ScoreTable::list(SteadyTime now) const {
  std::vector<ModelStanding> all;
  all.reserve(entries_.size());
  for (const auto& [id, entry] : entries_) all.push_back(standing(entry, now));
  return all;
}

ScoreTable::Changes ScoreTable::changed_since(std::uint64_t cursor, std::size_t limit, SteadyTime now) const {
  Changes changes;
  changes.cursor = std::max(cursor, change_);
  auto end = std::find_if(by_change_.begin(), by_change_.end(), [&](const Entry* entry) { return entry->change <= cursor; });
  while (end != by_change_.begin()) {
    const Entry& entry = **--end;
    changes.models.push_back(standing(entry, now));
    if (changes.models.size() == limit && end != by_change_.begin()) {
      changes.cursor = entry.change;
      changes.more = true;
      break;
    }
  }
  return changes;
}

HealthChanges ScoreTable::unsaved(Moment now) const {
  HealthChanges changes;
  changes.upto = change_;
  const std::int64_t now_ms = millis_of(now.wall);
  for (auto& standing : changed_since(saved_, entries_.size() + 1, now.steady).models)
    changes.models.push_back({std::move(standing), now_ms});
  // Latest heard of first, yet one that only repeated itself moved to the front with an old number: all are looked at.
  for (const Heard& heard : heard_)
    if (heard.change > saved_) changes.reporters.push_back(heard.last);
  for (const auto& [change, model] : gone_models_) changes.gone_models.push_back(model);
  for (const auto& [change, reporter] : gone_reporters_) changes.gone_reporters.push_back(reporter);
  return changes;
}

std::size_t ScoreTable::unsaved_models() const {
  const auto end = std::find_if(by_change_.begin(), by_change_.end(), [&](const Entry* entry) { return entry->change <= saved_; });
  return static_cast<std::size_t>(std::distance(by_change_.begin(), end)) + gone_models_.size();
}

void ScoreTable::saved(std::uint64_t upto) {
  saved_ = std::max(saved_, upto);
  std::erase_if(gone_models_, [&](const auto& gone) { return gone.first <= saved_; });
  std::erase_if(gone_reporters_, [&](const auto& gone) { return gone.first <= saved_; });
}

}  // namespace smartroute::control
