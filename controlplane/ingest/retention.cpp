#include "controlplane/ingest/retention.hpp"

namespace smartroute::control::ingest {

RetentionSweep::RetentionSweep(store::Store& store, const Clock& clock,
                               std::function<Keep()> keep, base::Log& log)
    : store_(store), clock_(clock), keep_(std::move(keep)), log_(log), thread_([this] {
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
    const auto pause = sweep();
    lock.lock();
    wake_.wait_for(lock, pause, [this] { return stop_; });
  }
}

std::chrono::seconds RetentionSweep::sweep() {
  const Keep keep = keep_();
  store::Retention retention;
  retention.now_us = micros_since_epoch(clock_.wall());
  retention.oldest_us = micros_since_epoch(clock_.wall() - std::chrono::hours(24) * keep.days);
  retention.max_bytes = keep.max_bytes;
  for (;;) {
    const auto removed = store_.retain_records(retention);
    if (!removed) {
      log_.error("old request records could not be removed", {{"why", removed.error().text()}});
      return kEvery;
    }
    aged_.fetch_add(removed->aged, std::memory_order_relaxed);
    oversize_.fetch_add(removed->records - removed->aged, std::memory_order_relaxed);
    const std::lock_guard lock(mutex_);
    if (stop_ || !removed->more) break;
  }
  const auto storage = store_.log_storage();
  const bool near = storage && static_cast<double>(storage->bytes()) > kNear * static_cast<double>(keep.max_bytes);
  return near ? kEveryNearTheCap : kEvery;
}

}  // namespace smartroute::control::ingest
