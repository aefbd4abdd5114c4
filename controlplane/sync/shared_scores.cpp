#include "controlplane/sync/shared_scores.hpp"

#include <utility>

namespace smartroute::control::sync {

void SharedScores::on_change(std::function<void()> listener) { listeners_.push_back(std::move(listener)); }

void SharedScores::tell() const {
  for (const auto& listener : listeners_) listener();
}

void SharedScores::load(const SavedHealth& saved) {
  {
    const std::lock_guard lock(mutex_);
    table_.load(saved, Moment::now(clock_));
  }
  tell();
}

void SharedScores::configure(Revision revision, const std::vector<ModelName>& models, const config::Health& rules) {
  {
    const std::lock_guard lock(mutex_);
    if (revision <= revision_) return;
    revision_ = revision;
    table_.configure(models, rules, Moment::now(clock_));
  }
  tell();
}

Taken SharedScores::take(const v1::HealthReport& report, const Reporter& from) {
  Taken taken;
  {
    const std::lock_guard lock(mutex_);
    taken = table_.take(report, from, Moment::now(clock_));
  }
  tell();  // also of a repeated one: it is to be acknowledged again
  return taken;
}

std::size_t SharedScores::reset(std::string_view model) {
  std::size_t models = 0;
  {
    const std::lock_guard lock(mutex_);
    models = table_.reset(model, Moment::now(clock_));
  }
  if (models > 0) tell();
  return models;
}

std::vector<ModelStanding> SharedScores::list() const {
  const std::lock_guard lock(mutex_);
  return table_.list(clock_.steady());
}

ScoreCounts SharedScores::counts() const {
  const std::lock_guard lock(mutex_);
  return table_.counts();
}

std::uint64_t SharedScores::acknowledged(const Reporter& reporter) const {
  const std::lock_guard lock(mutex_);
  return table_.acknowledged(reporter);
}

ScoreUpdate SharedScores::update_for(const Reporter& reporter, std::uint64_t cursor) const {
  const std::lock_guard lock(mutex_);
  return {table_.changed_since(cursor, kMaxModelsPerPush, clock_.steady()), table_.acknowledged(reporter)};
}

HealthChanges SharedScores::unsaved() const {
  const std::lock_guard lock(mutex_);
  return table_.unsaved(Moment::now(clock_));
}

std::size_t SharedScores::unsaved_models() const {
  const std::lock_guard lock(mutex_);
  return table_.unsaved_models();
}

void SharedScores::saved(std::uint64_t upto) {
  const std::lock_guard lock(mutex_);
  table_.saved(upto);
}

}  // namespace smartroute::control::sync
