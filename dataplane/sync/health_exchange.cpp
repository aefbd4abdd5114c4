#include "dataplane/sync/health_exchange.hpp"

#include "dataplane/core/routing/view.hpp"
#include "dataplane/sync/view_holder.hpp"
#include "smartroute/v1/sync.pb.h"

namespace smartroute::sync {
namespace {

// The model of that id, as attempts know it; nullptr: there is none.
const routing::ModelEntry* model_of(const routing::View& view, const std::string& id) {
  const auto found = view.by_name.find(id);
  return found != view.by_name.end() && found->second->id == id ? found->second : nullptr;
}

routing::FleetScore score_of(const v1::ModelScore& score) {
  routing::FleetScore out;
  out.score = score.score();
  out.cooling = config::Millis(score.cooling_ms());
  out.ejections = score.ejections();
  out.rate_limited =
      score.cooling_reason() == resilience::name_of(resilience::AttemptOutcome::RateLimited);
  return out;
}

}  // namespace

void HealthExchange::collect(SteadyTime now) {
  const std::lock_guard lock(mutex_);
  // Before the View: one that is published in between is looked at again next time.
  const std::uint64_t generation = views_.generation();
  const auto view = views_.current();
  if (!view) return;
  forget_models_that_left(*view, generation);
  bool anything = false;
  for (const auto& model : view->models) {
    if (model_of(*view, model->id) != model.get()) continue;
    const routing::Tally tally = model->stats->take_tally(now);
    if (tally.empty()) continue;
    anything = true;
    ledger_.add(model->id, tally, now);
  }
  if (anything && waited_) merged_.fetch_add(1, std::memory_order_relaxed);
  waited_ = ledger_.has_pending();
}

bool HealthExchange::next_report(SteadyTime now, v1::HealthReport& out) {
  const std::lock_guard lock(mutex_);
  const bool made = ledger_.next_report(now, out);
  if (made) sent_.fetch_add(1, std::memory_order_relaxed);
  waited_ = waited_ && ledger_.has_pending();
  return made;
}

void HealthExchange::send_again() {
  const std::lock_guard lock(mutex_);
  ledger_.send_again();
}

void HealthExchange::take(const v1::ScorePush& push, SteadyTime now) {
  const std::lock_guard lock(mutex_);
  taken_.fetch_add(1, std::memory_order_relaxed);
  ledger_.acknowledge(push.acknowledged());
  const auto view = views_.current();
  if (!view) return;
  for (const auto& score : push.models()) {
    const auto* model = model_of(*view, score.model());
    if (model == nullptr) continue;
    // merge() sets what is known now: what was counted up to this moment must be in `since`.
    ledger_.add(model->id, model->stats->take_tally(now), now);
    model->stats->merge(score_of(score), ledger_.unacknowledged(model->id, now), now,
                        view->config.health);
  }
}

void HealthExchange::forget_models_that_left(const routing::View& view, std::uint64_t generation) {
  if (generation == generation_) return;
  generation_ = generation;
  ledger_.keep_models([&view](const std::string& id) { return model_of(view, id) != nullptr; });
}

}  // namespace smartroute::sync
