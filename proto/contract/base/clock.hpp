// Time behind a seam. Deadlines use steady time, records and healing use wall time; tests turn both by hand.
#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>

namespace smartroute {

using SteadyTime = std::chrono::steady_clock::time_point;
using WallTime = std::chrono::system_clock::time_point;

// Thread rule: every method may be called from any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual SteadyTime steady() const noexcept = 0;
  virtual WallTime wall() const noexcept = 0;
};

class SystemClock final : public Clock {
 public:
  SteadyTime steady() const noexcept override { return std::chrono::steady_clock::now(); }
  WallTime wall() const noexcept override { return std::chrono::system_clock::now(); }
};

// Stands still until told otherwise. Both clocks move together.
class FakeClock final : public Clock {
 public:
  SteadyTime steady() const noexcept override {
    return SteadyTime(std::chrono::nanoseconds(steady_ns_.load()));
  }
  WallTime wall() const noexcept override {
    return WallTime(std::chrono::duration_cast<WallTime::duration>(std::chrono::nanoseconds(wall_ns_.load())));
  }
  void advance(std::chrono::nanoseconds by) noexcept {
    steady_ns_ += by.count();
    wall_ns_ += by.count();
  }
  // The administrator sets the wall clock; steady time does not notice.
  void jump_wall(std::chrono::nanoseconds by) noexcept { wall_ns_ += by.count(); }

 private:
  std::atomic<std::int64_t> steady_ns_{1'000'000'000};
  std::atomic<std::int64_t> wall_ns_{1'700'000'000'000'000'000};
};

inline std::int64_t micros_since_epoch(WallTime t) noexcept {
  return std::chrono::duration_cast<std::chrono::microseconds>(t.time_since_epoch()).count();
}

}  // namespace smartroute
