#include "controlplane/sync/catch_up.hpp"

#include <algorithm>

namespace smartroute::control::sync {

CatchUp::CatchUp(SharedFleet& fleet, store::ConfigService& configs, base::Log& log)
    : fleet_(fleet), configs_(configs), log_(log), thread_([this] { run(); }) {}

CatchUp::~CatchUp() {
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void CatchUp::run() {
  std::unique_lock lock(mutex_);
  while (!ends_ && repeats_ < kMost) {
    lock.unlock();
    look();
    lock.lock();
    wake_.wait_for(lock, kLook, [this] { return ends_; });
  }
}

void CatchUp::look() {
  Revision highest;
  for (const auto& instance : fleet_.list())
    if (instance.connected) highest = std::max(highest, instance.applied);
  const Revision newest = configs_.newest();
  if (newest.number == 0 || highest <= newest || highest == refused_) return;
  const auto repeated = configs_.repeat_above(highest);
  if (!repeated) {
    refused_ = highest;
    log_.error("the restored configuration could not be put above what a data plane runs", {{"why", repeated.error().text()}});
    return;
  }
  if (!*repeated) return;
  ++repeats_;
  log_.warn("the restored configuration was put above what data planes ran before the restore",
            {{"restored", newest.number}, {"they_ran", highest.number}, {"now", configs_.newest().number}});
}

}  // namespace smartroute::control::sync
