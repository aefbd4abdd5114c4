// Keeps the request log within its bounds: a thread that sweeps old records out, a bounded number
// at a time, and looks more often while the disk is nearly full.
#pragma once
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>

#include "contract/base/clock.hpp"
#include "controlplane/base/log.hpp"
#include "controlplane/store/store.hpp"

namespace smartroute::control::ingest {

class RetentionSweep {
 public:
  static constexpr std::chrono::minutes kEvery{5};
  static constexpr std::chrono::seconds kEveryNearTheCap{5};
  static constexpr double kNear = 0.8;  // of max_bytes

  struct Keep {
    int days;
    std::uint64_t max_bytes;
  };
  // `keep` says what is kept now (from the newest configuration); called on the
  // sweeping thread. Everything must outlive the sweep.
  RetentionSweep(store::Store& store, const Clock& clock, std::function<Keep()> keep, base::Log& log);
  // Waits for a sweep that is running.
  ~RetentionSweep();
  RetentionSweep(const RetentionSweep&) = delete;
  RetentionSweep& operator=(const RetentionSweep&) = delete;

  // Records removed since the start. Any thread.
  std::uint64_t removed_for_age() const noexcept { return aged_.load(std::memory_order_relaxed); }
  std::uint64_t removed_for_size() const noexcept { return oversize_.load(std::memory_order_relaxed); }

 private:
  void run();
  // Returns when to come again.
  std::chrono::seconds sweep();

  store::Store& store_;
  const Clock& clock_;
  const std::function<Keep()> keep_;
  base::Log& log_;
  std::atomic<std::uint64_t> aged_{0}, oversize_{0};
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace smartroute::control::ingest
