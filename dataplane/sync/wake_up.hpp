// One thread sleeps, any other wakes it, and neither waits for a lock: a sleeper of low priority that is put aside while it holds one would
// hold up a worker.
#pragma once
#include <atomic>
#include <chrono>

namespace smartroute::sync {

class WakeUp {
 public:
  // Throws std::system_error when the system has no descriptors left.
  WakeUp();
  ~WakeUp();
  WakeUp(const WakeUp&) = delete;
  WakeUp& operator=(const WakeUp&) = delete;

  // Any thread. The first call since the last rest() costs a system call, those behind it a load.
  void call() noexcept {
    if (!called_.load(std::memory_order_relaxed) && !called_.exchange(true, std::memory_order_acq_rel)) ring();
  }
  // The sleeper. Ends with a call() made since the last rest(), or after `most`.
  void rest(std::chrono::milliseconds most) noexcept;

 private:
  void ring() noexcept;

  const int event_;
  std::atomic<bool> called_{false};
};

}  // namespace smartroute::sync
