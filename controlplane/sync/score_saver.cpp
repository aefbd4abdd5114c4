#include "controlplane/sync/score_saver.hpp"

namespace smartroute::control::sync {

ScoreSaver::ScoreSaver(SharedScores& scores, store::Store& store, base::Log& log)
    : scores_(scores), store_(store), log_(log) {
  scores_.on_change([this] { poke(); });
  load();
  thread_ = std::thread([this] { run(); });
}

ScoreSaver::~ScoreSaver() { stop(); }

void ScoreSaver::load() {
  const auto saved = store_.health();
  if (!saved) {
    log_.warn("the health of models could not be read; it begins anew", {{"why", saved.error().text()}});
    return;
  }
  if (saved->unreadable > 0) {
    log_.warn("some of the saved health of models could not be read and begins anew", {{"entries", saved->unreadable}});
  }
  scores_.load(*saved);
}

void ScoreSaver::poke() {
  const std::lock_guard lock(mutex_);
  if (dirty_) return;
  dirty_ = true;
  wake_.notify_all();
}

void ScoreSaver::stop() {
  {
    const std::lock_guard lock(mutex_);
    if (stop_) return;
    stop_ = true;
    wake_.notify_all();
  }
  thread_.join();
  save();
}

void ScoreSaver::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return dirty_ || stop_; });
    if (stop_) return;
    dirty_ = false;
    lock.unlock();
    const bool saved = save();
    lock.lock();
    if (!saved) dirty_ = true;
    wake_.wait_for(lock, kEvery, [this] { return stop_; });
  }
}

bool ScoreSaver::save() {
  const HealthChanges changes = scores_.unsaved();
  if (changes.empty()) return true;
  if (const auto written = store_.save_health(changes); !written) {
    if (!failing_) log_.error("the health of models could not be saved", {{"why", written.error().text()}});
    failing_ = true;
    return false;
  }
  failing_ = false;
  scores_.saved(changes.upto);
  return true;
}

}  // namespace smartroute::control::sync
