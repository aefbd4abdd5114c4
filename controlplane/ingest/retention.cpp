#include "controlplane/ingest/retention.hpp"

namespace smartroute::control::ingest {

RetentionSweep::RetentionSweep(store::Store& store, const Clock& clock,
                               std::function<int()> keep_days, base::Log& log)
    : store_(store), clock_(clock), keep_days_(std::move(keep_days)), log_(log), thread_([this] {
        run();
      }) {}

RetentionSweep::~RetentionSweep() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void RetentionSweep::run() {
  std::unique_lock lock(mutex_);
  while (!stop_) {
    lock.unlock();
    sweep();
    lock.lock();
    wake_.wait_for(lock, kEvery, [this] { return stop_; });
  }
}

void RetentionSweep::sweep() {
  store::Retention retention;
  retention.oldest_us = micros_since_epoch(clock_.wall() - std::chrono::hours(24) * keep_days_());
  for (;;) {
    const auto removed = store_.retain_records(retention);
    if (!removed) {
      log_.error("old request records could not be removed", {{"why", removed.error().text()}});
      return;
    }
    if (*removed < store::kMaxSweep) return;
    const std::lock_guard lock(mutex_);
    if (stop_) return;
  }
}

}  // namespace smartroute::control::ingest
