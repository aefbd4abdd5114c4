// The fleet table, shared between the push streams and those who show it.
// Thread rule: every method may be called from any thread.
#pragma once
#include <mutex>
#include <optional>
#include <vector>

#include "contract/base/clock.hpp"
#include "controlplane/core/fleet.hpp"

namespace smartroute::control::sync {

// Methods as in Fleet, stamped with the wall clock. `clock` must outlive the table.
class SharedFleet {
 public:
  explicit SharedFleet(const Clock& clock) : clock_(clock) {}

  std::optional<StreamId> connect(HelloFacts hello) {
    const std::lock_guard lock(mutex_);
    return fleet_.connect(std::move(hello), clock_.wall());
  }
  bool acknowledge(StreamId stream, Revision revision) {
    const std::lock_guard lock(mutex_);
    return fleet_.acknowledge(stream, revision, clock_.wall());
  }
  bool reject(StreamId stream, Revision revision, config::Problems problems) {
    const std::lock_guard lock(mutex_);
    return fleet_.reject(stream, revision, std::move(problems), clock_.wall());
  }
  bool touch(StreamId stream) {
    const std::lock_guard lock(mutex_);
    return fleet_.touch(stream, clock_.wall());
  }
  bool disconnect(StreamId stream) {
    const std::lock_guard lock(mutex_);
    return fleet_.disconnect(stream, clock_.wall());
  }
  std::vector<InstanceStatus> list() {
    const std::lock_guard lock(mutex_);
    return fleet_.list(clock_.wall());
  }
  std::size_t connected() const {
    const std::lock_guard lock(mutex_);
    return fleet_.connected();
  }

 private:
  const Clock& clock_;
  mutable std::mutex mutex_;
  Fleet fleet_;
};

}  // namespace smartroute::control::sync
