// Leaves something alone that keeps failing. Closed: calls pass. After `failures` failures in a row it opens for `open_for`; then one
// call, the probe, is let through (half-open) while all others are still held back; its success closes the breaker, its failure opens
// it again. A call that was admitted before the breaker opened and ends later says nothing about now: it neither closes nor prolongs.
#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>

#include "contract/base/clock.hpp"

namespace smartroute::resilience {

// Any thread, no lock. Steady time above zero.
class Breaker {
 public:
  enum class Admission : std::uint8_t { Pass, Probe, Refuse };

  // Every Pass or Probe must be followed by exactly one succeeded(), failed() or abandoned() with it.
  Admission admit(SteadyTime now) noexcept;
  void succeeded(Admission admission) noexcept;
  void failed(Admission admission, SteadyTime now, int failures, std::chrono::milliseconds open_for) noexcept;
  // The call ended without saying anything about its target (the client left): a probe makes room for the next one.
  void abandoned(Admission admission) noexcept;

  // Whether a call would be refused now.
  bool open(SteadyTime now) const noexcept;

 private:
  std::atomic<std::int64_t> open_until_ns_{0};  // 0: closed
  std::atomic<int> failures_{0};                // in a row
  std::atomic<bool> probing_{false};
};

}  // namespace smartroute::resilience
